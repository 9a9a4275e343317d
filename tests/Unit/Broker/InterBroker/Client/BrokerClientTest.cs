using System.Runtime.InteropServices;
using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Networks;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker.Client;

public sealed class BrokerClientTest
{
    private const short Version = 0;

    private readonly SimWorld world = new(1);
    private readonly FakePeer peer;
    private readonly ILoop loop;
    private readonly BrokerClient client;

    public BrokerClientTest()
    {
        peer = new FakePeer(world) { Answer = Granting };
        loop = world.Loops.Create("client");
        client = Client();
    }

    [Fact]
    public void Requests_go_over_one_connection_with_a_number_each_and_are_answered()
    {
        for (var count = 0; count < 3; count++)
            Assert.Equal(1000, Ask().ProducerIdLen);
        Assert.Equal(1, peer.ConnectionCount);
        Assert.Equal([0, 1, 2], peer.Requests.Select(request => request.Header.CorrelationId));
        Assert.All(peer.Requests, request => Assert.Equal((ApiKey.AllocateProducerIds, Version, "broker-1-test"),
            (request.ApiKey, request.Version, request.Header.ClientId)));
        Assert.All(peer.Requests, request => Assert.Equal(7, request.Decode<AllocateProducerIdsRequest>().BrokerId));
        Assert.Empty(world.Errors);
    }

    [Fact]
    public void An_answer_in_pieces_is_put_together()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var rough = new BrokerClientTest();
            rough.world.Network.Weather = new LinkWeather { PieceMaxBytes = 3, LatencyMax = TimeSpan.FromMilliseconds(5) };
            rough.world.IsShuffling = true;
            Assert.Equal(1000, rough.Ask().ProducerIdLen);
            Assert.Equal(1000, rough.Ask().ProducerIdLen);
        }
    }

    [Fact]
    public void An_answer_to_another_request_ends_the_connection_and_the_next_request_gets_a_new_one()
    {
        peer.Answer = request => request.AnswerWith(new AllocateProducerIdsResponse(), correlationId: 77);
        Assert.Contains("the answer to request 77, where 0 is under way", AskInVain(), StringComparison.Ordinal);
        peer.Answer = Granting;
        Assert.Equal(1000, Ask().ProducerIdLen);
        Assert.Equal(2, peer.ConnectionCount);
    }

    [Fact]
    public void What_is_no_answer_ends_the_connection()
    {
        peer.Answer = request => request.AnswerWith(new AllocateProducerIdsResponse())[..^3];
        Assert.Contains("bytes wanted", AskInVain(), StringComparison.Ordinal);
        peer.Answer = _ => new byte[1001];
        Assert.Contains("a frame of 1001 bytes, where 0 to 1000 are allowed", AskInVain(), StringComparison.Ordinal);
        peer.Answer = Granting;
        Assert.Equal(1000, Ask().ProducerIdLen);
    }

    [Fact]
    public void A_peer_that_does_not_answer_is_given_up_when_the_time_is_over()
    {
        peer.Answer = _ => null;
        var before = world.Time.GetUtcNow();
        Assert.Contains("no answer within 3000 ms", AskInVain(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(3), world.Time.GetUtcNow() - before);
        peer.Answer = Granting;
        Assert.Equal(1000, Ask().ProducerIdLen);
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1000, Ask().ProducerIdLen);
        Assert.Equal(2, peer.ConnectionCount);
    }

    [Fact]
    public void A_connection_that_is_silent_from_the_start_is_given_up_too()
    {
        world.Network.SetSilent(9092, true);
        Assert.Contains("127.0.0.1:9092: ", AskInVain(), StringComparison.Ordinal);
        world.Network.SetSilent(9092, false);
        Assert.Equal(1000, Ask().ProducerIdLen);
    }

    [Fact]
    public void A_connection_that_the_peer_closed_while_nothing_was_asked_is_not_used_again()
    {
        Ask();
        peer.CloseConnections();
        Assert.Equal(1000, Ask().ProducerIdLen);
        Assert.Equal((2, 2), (peer.ConnectionCount, peer.Requests.Count));
    }

    [Fact]
    public void A_connection_that_is_lost_under_a_request_leaves_it_without_an_answer()
    {
        peer.Answer = _ => null;
        var asked = Begin();
        world.RunUntilIdle();
        peer.CloseConnections();
        Assert.Throws<BrokerUnreachable>(() => world.Await(asked));
    }

    [Fact]
    public void A_broker_that_is_away_is_tried_no_more_than_twenty_times_a_second()
    {
        peer.Stop();
        var (attempts, end) = (0, world.Time.GetUtcNow() + TimeSpan.FromSeconds(1));
        for (; world.Time.GetUtcNow() < end; attempts++)
            Assert.Contains("nobody listens", AskInVain(), StringComparison.Ordinal);
        Assert.InRange(attempts, 19, 21);
    }

    [Fact]
    public void Record_bytes_lie_in_the_received_frame_until_the_answer_is_disposed()
    {
        var records = Enumerable.Range(0, 500).Select(number => (byte)number).ToArray();
        peer.Answer = request => request.AnswerWith(new FetchResponse
        {
            Responses = [new() { Topic = "orders", Partitions = [new() { Records = new RecordBytes(records) }] }],
        });
        using var answer = OnLoop(() => client.SendForRecords<FetchRequest, FetchResponse>(new FetchRequest { ReplicaId = 7 }, 11));
        var received = answer.Response.Responses.Single().Partitions.Single().Records!.Value.Memory;
        Assert.True(received.Span.SequenceEqual(records));
        Assert.True(MemoryMarshal.TryGetArray(received, out var segment));
        // The array is larger than the records alone and they stand inside it: it is the frame's.
        Assert.True(segment.Offset > 0 && segment.Array!.Length > records.Length);
    }

    [Fact]
    public void Two_requests_at_once_are_a_bug()
    {
        peer.Answer = _ => null;
        _ = Begin();
        world.RunUntilIdle();
        Assert.Throws<InvariantViolation>(() => world.Await(Begin()));
    }

    [Fact]
    public void A_client_that_is_closed_leaves_nothing_behind_and_asks_no_more()
    {
        peer.Answer = _ => null;
        var asked = Begin();
        world.RunUntilIdle();
        world.Await(loop.Start(() =>
        {
            client.Dispose();
            return Task.CompletedTask;
        }));
        Assert.Throws<BrokerUnreachable>(() => world.Await(asked));
        Assert.Throws<BrokerUnreachable>(() => world.Await(Begin()));
        world.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(world.Network.Links);
        Assert.Empty(world.Errors);
    }

    [Fact]
    public void An_answer_that_nobody_asked_for_ends_the_connection()
    {
        Ask();
        peer.SendUnasked([0, 0, 0, 1]);
        Assert.Empty(world.Network.Links);
        Assert.Equal(1000, Ask().ProducerIdLen);
        Assert.Equal(2, peer.ConnectionCount);
    }

    private static byte[]? Granting(ReceivedRequest request)
        => request.AnswerWith(new AllocateProducerIdsResponse { ProducerIdStart = 5000, ProducerIdLen = 1000 });

    private BrokerClient Client() => new(
        new BrokerClientOptions
        {
            Network = world.Network,
            Time = world.Time,
            Random = world.NewRandom(),
            AddressOfPeer = () => BrokerAddress.Of(new BrokerId(2), "PLAINTEXT", ("127.0.0.1", 9092, SecurityProtocol.Plaintext)),
            ClientId = "broker-1-test",
            ConnectTimeout = TimeSpan.FromSeconds(2),
            RequestTimeout = TimeSpan.FromSeconds(3),
            AnswerMaxBytes = 1000,
        },
        loop);

    private AllocateProducerIdsResponse Ask() => world.Await(Begin());

    private string AskInVain() => Assert.Throws<BrokerUnreachable>(Ask).Message;

    private Task<AllocateProducerIdsResponse> Begin() => Start(() => client.Send<AllocateProducerIdsRequest, AllocateProducerIdsResponse>(
        new AllocateProducerIdsRequest { BrokerId = 7 }, Version));

    private T OnLoop<T>(Func<Task<T>> code) => world.Await(Start(code));

    private Task<T> Start<T>(Func<Task<T>> code)
    {
        var result = new TaskCompletionSource<T>();
        loop.Run(async () =>
        {
            try
            {
                result.SetResult(await code());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        });
        return result.Task;
    }
}
