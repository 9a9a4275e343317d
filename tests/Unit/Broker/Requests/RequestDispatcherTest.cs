using System.Net;
using System.Runtime.CompilerServices;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Requests;

public sealed class RequestDispatcherTest : IDisposable
{
    private readonly WireWriter answer = new();
    private readonly RequestContext context = new() { Listener = "PLAINTEXT", RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1) };

    public void Dispose() => answer.Dispose();

    [Fact]
    public async Task A_request_reaches_its_handler_and_the_answer_carries_its_correlation_id()
    {
        HeartbeatRequest? seen = null;
        var dispatcher = With<HeartbeatRequest, HeartbeatResponse>((request, _) =>
        {
            seen = request;
            return new HeartbeatResponse { ErrorCode = KafkaError.IllegalGeneration };
        });
        var head = dispatcher.ReadHead(
            Frame(ApiKey.Heartbeat, 4, new HeartbeatRequest { GroupId = "group", GenerationId = 5, MemberId = "me" }));
        Assert.Equal((ApiKey.Heartbeat, (short)4, 77, "client"), (head.ApiKey, head.Version, head.CorrelationId, head.ClientId));
        Assert.True(await dispatcher.Dispatch(head, context, answer));
        Assert.Equal(("group", 5, "me"), (seen!.GroupId, seen.GenerationId, seen.MemberId));
        Assert.Equal(KafkaError.IllegalGeneration, Answer<HeartbeatResponse>(ApiKey.Heartbeat, 4).ErrorCode);
    }

    [Theory]
    [InlineData(ApiKey.Heartbeat, -1)]
    [InlineData(ApiKey.Heartbeat, short.MaxValue)]
    [InlineData(ApiKey.Envelope, 0)]
    [InlineData((ApiKey)(-1), 0)]
    [InlineData((ApiKey)short.MaxValue, 0)]
    public void A_version_or_an_api_that_is_not_served_breaks_the_protocol(ApiKey apiKey, short version)
    {
        var frame = new byte[100];
        Prefix(apiKey, version).CopyTo(frame, 0);
        Assert.Throws<MalformedRequest>(() => With<HeartbeatRequest, HeartbeatResponse>((_, _) => null).ReadHead(frame));
    }

    [Fact]
    public void Every_version_beside_the_served_ones_is_refused_but_for_ApiVersions()
    {
        var dispatcher = With<HeartbeatRequest, HeartbeatResponse>((_, _) => null);
        foreach (var api in Apis.All)
        {
            for (var version = -2; version < 30; version++)
            {
                var frame = new byte[100];
                Prefix(api.Key, (short)version).CopyTo(frame, 0);
                var isServed = api.Served is { } served && served.Contains((short)version) || api.Key == ApiKey.ApiVersions;
                Assert.Equal(
                    (api.Key, version, isServed),
                    (api.Key, version, Record.Exception(() => dispatcher.ReadHead(frame)) is not MalformedRequest));
            }
        }
    }

    [Fact]
    public void A_header_that_ends_too_soon_breaks_the_protocol()
    {
        var dispatcher = With<HeartbeatRequest, HeartbeatResponse>((_, _) => null);
        var frame = Frame(ApiKey.Heartbeat, 4, new HeartbeatRequest());
        var headerBytes = frame.Length - dispatcher.ReadHead(frame).Body.Length;
        for (var length = 0; length < headerBytes; length++)
            Assert.Throws<MalformedRequest>(() => dispatcher.ReadHead(frame.AsMemory(0, length)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    [InlineData(short.MaxValue)]
    public async Task A_client_of_an_unknown_ApiVersions_is_told_which_it_may_use_without_a_look_at_its_body(short version)
    {
        var dispatcher = With<ApiVersionsRequest, ApiVersionsResponse>((_, _) => throw new InvalidOperationException("asked"));
        var frame = Frame(ApiKey.ApiVersions, 0, new ApiVersionsRequest());
        Prefix(ApiKey.ApiVersions, version).CopyTo(frame, 0);
        byte[] withForeignBody = [.. frame, 0, 0xFF, 0xFF, 0xFF];
        var head = dispatcher.ReadHead(withForeignBody);
        Assert.True(await dispatcher.Dispatch(head, context, answer));
        var response = Answer<ApiVersionsResponse>(ApiKey.ApiVersions, 0);
        var served = Apis.Find(ApiKey.ApiVersions)!.Served!.Value;
        Assert.Equal(KafkaError.UnsupportedVersion, response.ErrorCode);
        Assert.Equal(
            [((short)ApiKey.ApiVersions, served.Low, served.High)],
            response.ApiKeys.Select(api => (api.ApiKey, api.MinVersion, api.MaxVersion)));
    }

    [Fact]
    public async Task A_body_that_ends_too_soon_breaks_the_protocol_and_is_not_handled()
    {
        var dispatcher = With<HeartbeatRequest, HeartbeatResponse>((_, _) => throw new InvalidOperationException("handled"));
        var head = dispatcher.ReadHead(Frame(ApiKey.Heartbeat, 4, new HeartbeatRequest { GroupId = "group" }));
        for (var length = 0; length < head.Body.Length; length++)
        {
            var cut = head with { Body = head.Body[..length] };
            await Assert.ThrowsAsync<MalformedRequest>(async () => await dispatcher.Dispatch(cut, context, answer));
        }
        Assert.Equal(0, answer.Length);
    }

    [Fact]
    public async Task A_request_of_more_elements_than_it_may_have_breaks_the_protocol()
    {
        var dispatcher = With<ListGroupsRequest, ListGroupsResponse>((_, _) => new ListGroupsResponse());
        var head = dispatcher.ReadHead(Frame(ApiKey.ListGroups, 4, new ListGroupsRequest { StatesFilter = ["a", "b", "c"] }));
        Assert.True(await dispatcher.Dispatch(head, Allowing(3), answer));
        await Assert.ThrowsAsync<TooManyElements>(async () => await dispatcher.Dispatch(head, Allowing(2), answer));

        RequestContext Allowing(int elements)
            => new() { Listener = "PLAINTEXT", RemoteEndPoint = context.RemoteEndPoint, ElementsMax = elements };
    }

    [Theory]
    [InlineData(Limits.SmallRequestElements - 1, "decoded, handled")]
    [InlineData(Limits.SmallRequestElements, "turn, decoded, handled")]
    public async Task A_request_of_records_that_names_much_waits_for_its_turn_before_it_is_decoded(int partitions, string steps)
    {
        var inFlight = new Steps();
        var dispatcher = With<ProduceRequest, ProduceResponse>((request, _) =>
        {
            Assert.Equal(partitions, request.TopicData[0].PartitionData.Count);
            inFlight.Taken.Add("handled");
            return new ProduceResponse();
        });
        var head = dispatcher.ReadHead(Frame(ApiKey.Produce, 7, new ProduceRequest
        {
            TopicData =
            [
                new()
                {
                    Name = "t",
                    PartitionData =
                        [.. Enumerable.Range(0, partitions).Select(index => new ProduceRequest.PartitionProduceData { Index = index })],
                },
            ],
        }));
        Assert.True(await dispatcher.Dispatch(
            head, new() { Listener = "PLAINTEXT", RemoteEndPoint = context.RemoteEndPoint, InFlight = inFlight }, answer));
        Assert.Equal(steps, string.Join(", ", inFlight.Taken));
    }

    [Fact]
    public async Task Bytes_behind_the_body_are_ignored()
    {
        var dispatcher = With<HeartbeatRequest, HeartbeatResponse>((_, _) => new HeartbeatResponse());
        var head = dispatcher.ReadHead((byte[])[.. Frame(ApiKey.Heartbeat, 4, new HeartbeatRequest()), 1, 2, 3]);
        Assert.True(await dispatcher.Dispatch(head, context, answer));
        Assert.Equal(KafkaError.None, Answer<HeartbeatResponse>(ApiKey.Heartbeat, 4).ErrorCode);
    }

    [Fact]
    public async Task A_request_that_wants_no_answer_writes_none()
    {
        var dispatcher = With<HeartbeatRequest, HeartbeatResponse>((_, _) => null);
        Assert.False(await dispatcher.Dispatch(dispatcher.ReadHead(Frame(ApiKey.Heartbeat, 4, new HeartbeatRequest())), context, answer));
        Assert.Equal(0, answer.Length);
    }

    [Fact]
    public async Task An_answer_on_a_connection_that_is_to_be_closed_is_dropped_and_its_files_given_back()
    {
        var file = new SimWorld(1).Disk.Open("/records", DiskOpenMode.CreateNew);
        var dispatcher = With<FetchRequest, FetchResponse>((_, context) =>
        {
            context.CloseConnection();
            var response = new FetchResponse();
            response.Responses.Add(
                new() { Topic = "orders", Partitions = [new() { Records = new RecordBytes(new FileSlice(file, 0, 5)) }] });
            return response;
        });
        Assert.False(await dispatcher.Dispatch(dispatcher.ReadHead(Frame(ApiKey.Fetch, 11, new FetchRequest())), context, answer));
        Assert.Equal(0, answer.Length);
        Assert.False(file.TryAddReference(), "the file is still held");
    }

    [Fact]
    public async Task What_a_handler_throws_is_the_callers_and_so_is_the_end_of_its_connection()
    {
        using var closed = new CancellationTokenSource();
        closed.Cancel();
        var left = new RequestContext { Listener = "PLAINTEXT", RemoteEndPoint = context.RemoteEndPoint, Closed = closed.Token };
        var dispatcher = With<HeartbeatRequest, HeartbeatResponse>((_, context) =>
        {
            context.Closed.ThrowIfCancellationRequested();
            throw new InvalidOperationException("bug");
        });
        var head = dispatcher.ReadHead(Frame(ApiKey.Heartbeat, 4, new HeartbeatRequest()));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await dispatcher.Dispatch(head, context, answer));
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await dispatcher.Dispatch(head, left, answer));
        Assert.Equal(0, answer.Length);
    }

    [Theory]
    [InlineData(ApiKey.Heartbeat, 0, true)]
    [InlineData(ApiKey.Heartbeat, 4, true)]
    [InlineData(ApiKey.Metadata, 12, false)]
    [InlineData(ApiKey.Metadata, 13, true)]
    [InlineData(ApiKey.FindCoordinator, 3, true)]
    [InlineData(ApiKey.FindCoordinator, 4, false)]
    [InlineData(ApiKey.Produce, 13, false)]
    [InlineData(ApiKey.ApiVersions, 0, true)]
    [InlineData(ApiKey.ApiVersions, 4, true)]
    public void A_failure_is_told_where_the_response_has_an_error_of_its_own(ApiKey apiKey, short version, bool isTold)
    {
        var dispatcher = With<HeartbeatRequest, HeartbeatResponse>((_, _) => null);
        answer.BeginFrame();
        answer.WriteRaw("half an answer"u8);
        Assert.Equal(isTold, dispatcher.TryWriteFailure(new RequestHead(apiKey, version, 77, "client", default), answer));
        if (!isTold)
        {
            Assert.Equal(0, answer.Length);
            return;
        }
        dynamic failure = Answer(apiKey, version);
        Assert.Equal(KafkaError.UnknownServerError, (KafkaError)failure.ErrorCode);
    }

    [Fact]
    public void A_failure_can_be_written_at_every_served_version()
    {
        var dispatcher = With<HeartbeatRequest, HeartbeatResponse>((_, _) => null);
        foreach (var api in Apis.All)
        {
            for (var version = api.Served?.Low ?? 0; version <= (api.Served?.High ?? -1); version++)
            {
                if (dispatcher.TryWriteFailure(new RequestHead(api.Key, (short)version, 77, null, default), answer))
                    Answer(api.Key, (short)version);
            }
        }
    }

    /// <summary>A dispatcher of one handler; the others are not there.</summary>
    private static RequestDispatcher With<TRequest, TResponse>(Func<TRequest, RequestContext, TResponse?> handle)
        where TResponse : class
    {
        var dispatcher = (RequestDispatcher)RuntimeHelpers.GetUninitializedObject(typeof(RequestDispatcher));
        var property = typeof(RequestDispatcher).GetProperties().Single(
            property => property.PropertyType == typeof(IHandler<TRequest, TResponse>));
        property.SetValue(dispatcher, new Handler<TRequest, TResponse>(handle));
        return dispatcher;
    }

    private static byte[] Prefix(ApiKey apiKey, short version)
        => [(byte)((short)apiKey >> 8), (byte)apiKey, (byte)(version >> 8), (byte)version];

    /// <summary>A request without its size field, from "client" with the correlation id 77.</summary>
    private static byte[] Frame(ApiKey apiKey, short version, IMessage request)
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)apiKey,
            RequestApiVersion = version,
            CorrelationId = 77,
            ClientId = "client",
        };
        return [.. MessageCodec.Encode(header, Apis.Find(apiKey)!.RequestHeaderVersion(version)), .. MessageCodec.Encode(request, version)];
    }

    private T Answer<T>(ApiKey apiKey, short version) => (T)Answer(apiKey, version);

    /// <summary>The written answer, which must be one whole frame with the correlation id 77.</summary>
    private IMessage Answer(ApiKey apiKey, short version)
    {
        var frame = answer.ToArray();
        Assert.Equal(frame.Length - 4, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frame));
        var header = (ResponseHeader)MessageCodec.All["ResponseHeader"].Decode(
            frame.AsMemory(4), Apis.Find(apiKey)!.ResponseHeaderVersion(version), out var headerBytes);
        Assert.Equal(77, header.CorrelationId);
        var body = MessageCodec.All[$"{apiKey}Response"].Decode(frame.AsMemory(4 + headerBytes), version, out var bodyBytes);
        Assert.Equal((apiKey, version, frame.Length), (apiKey, version, 4 + headerBytes + bodyBytes));
        return body;
    }

    private sealed class Handler<TRequest, TResponse>(Func<TRequest, RequestContext, TResponse?> handle) : IHandler<TRequest, TResponse>
        where TResponse : class
    {
        public ValueTask<TResponse?> Handle(TRequest request, RequestContext context) => ValueTask.FromResult(handle(request, context));
    }

    private sealed class Steps : IRequestInFlight
    {
        public List<string> Taken { get; } = [];

        public ValueTask TakeTurnToDecode()
        {
            Taken.Add("turn");
            return ValueTask.CompletedTask;
        }

        public void OnDecoded(long bytes, bool refersToFrame) => Taken.Add("decoded");

        public void EndFrameUse()
        {
        }

        public void LetNextBegin()
        {
        }

        public ValueTask TakeTurn() => ValueTask.CompletedTask;

        public void EndTurn()
        {
        }
    }
}
