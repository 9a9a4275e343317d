using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Broker.InterBroker.Client;

/// <summary>
/// Asks one other broker, for one purpose, over a connection of its own. One request is under way at a time; whoever has more keeps them
/// in order. The connection is made for the first request and, when it was lost, anew for the next one, at most so often that a broker that
/// is away is not flooded. A request that has no answer is not sent again here: that is for the one to decide who asked. Used on its loop
/// by code that comes back to it after its awaits (<see cref="LoopContext"/>).
/// </summary>
internal sealed class BrokerClient(BrokerClientOptions options, ILoop loop) : IDisposable
{
    /// <summary>At least so long from one attempt to connect to the next, as where Kafka's brokers reconnect.</summary>
    private static readonly TimeSpan ReconnectBackoff = TimeSpan.FromMilliseconds(50);

    private const string Closed = "the connection is not needed any more";

    private readonly IFrameMemory memory = AnswerMemory.Shared;
    private readonly CancellationTokenSource closing = new();
    private BrokerConnection? connection;
    private BrokerAddress address;
    private long? lastAttemptTimestamp;
    private int nextCorrelationId;
    private bool isBusy;

    /// <summary>The answer to a request.</summary>
    /// <exception cref="BrokerUnreachable">There is none.</exception>
    public async Task<TResponse> Send<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest, TResponse>
        where TResponse : IMessage<TResponse>
    {
        using var answer = await SendForRecords<TRequest, TResponse>(request, version);
        return answer.Response;
    }

    /// <summary>The answer to a request, with the frame that its record bytes lie in.</summary>
    /// <inheritdoc cref="Send" path="/exception"/>
    public async Task<ReceivedAnswer<TResponse>> SendForRecords<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest, TResponse>
        where TResponse : IMessage<TResponse>
    {
        Invariant.Holds(loop.IsCurrent);
        Invariant.Holds(!isBusy);
        isBusy = true;
        try
        {
            var correlationId = nextCorrelationId++;
            var open = await Connected();
            var frame = await Exchange(open, Written<TRequest, TResponse>(request, version, correlationId));
            return Decode<TResponse>(open, frame, TRequest.ResponseHeaderVersion(version), version, correlationId);
        }
        catch (BrokerUnreachable unreachable)
        {
            throw address.Unreachable is null ? new BrokerUnreachable($"{address}: {unreachable.Message}") : unreachable;
        }
        finally
        {
            isBusy = false;
        }
    }

    /// <summary>Closes the connection, for good; a request under way has no answer.</summary>
    public void Dispose()
    {
        Invariant.Holds(loop.IsCurrent);
        closing.Cancel();
        connection?.End(Closed);
    }

    private async Task<BrokerConnection> Connected()
    {
        if (connection is { EndReason: null } open)
            return open;
        address = options.AddressOfPeer();
        if (address.Unreachable is { } why)
            throw new BrokerUnreachable(why);
        await WaitForTurn();
        if (closing.IsCancellationRequested)
            throw new BrokerUnreachable(Closed);
        var connected = await Connect();
        // Closed while it was connecting.
        if (closing.IsCancellationRequested)
        {
            connected.Dispose();
            throw new BrokerUnreachable(Closed);
        }
        connection = new BrokerConnection(connected, memory, options.AnswerMaxBytes, loop);
        connection.Advance();
        return connection.EndReason is { } reason ? throw new BrokerUnreachable(reason) : connection;
    }

    private async Task WaitForTurn()
    {
        if (lastAttemptTimestamp is { } last && ReconnectBackoff - options.Time.GetElapsedTime(last) is var left && left > TimeSpan.Zero)
            await loop.Pass(left, closing.Token);
        lastAttemptTimestamp = options.Time.GetTimestamp();
    }

    private async Task<INetworkConnection> Connect()
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
        using var timer = loop.Schedule(options.ConnectTimeout, given.Cancel);
        try
        {
            return await options.Network.Connect(address.Host, address.Port, options.ConnectTimeout, options.Random, given.Token);
        }
        catch (OperationCanceledException)
        {
            throw new BrokerUnreachable($"no connection within {options.ConnectTimeout.TotalMilliseconds:F0} ms");
        }
        catch (IOException exception)
        {
            throw new BrokerUnreachable(exception.Message);
        }
    }

    private async Task<Frame> Exchange(BrokerConnection open, WireWriter request)
    {
        using var timer = loop.Schedule(
            options.RequestTimeout, () => open.End($"no answer within {options.RequestTimeout.TotalMilliseconds:F0} ms"));
        return await open.Exchange(request);
    }

    private WireWriter Written<TRequest, TResponse>(TRequest request, short version, int correlationId)
        where TRequest : IRequest<TRequest, TResponse>
        where TResponse : IMessage<TResponse>
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)TRequest.ApiKey,
            RequestApiVersion = version,
            CorrelationId = correlationId,
            ClientId = options.ClientId,
        };
        var writer = new WireWriter();
        try
        {
            writer.BeginFrame();
            header.Encode(writer, TRequest.RequestHeaderVersion(version));
            request.Encode(writer, version);
            writer.EndFrame();
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    private ReceivedAnswer<TResponse> Decode<TResponse>(
        BrokerConnection open, Frame frame, short headerVersion, short version, int correlationId)
        where TResponse : IMessage<TResponse>
    {
        try
        {
            var reader = new WireReader(frame.Memory);
            var header = ResponseHeader.Decode(ref reader, headerVersion);
            if (header.CorrelationId != correlationId)
                throw new MalformedRequest($"the answer to request {header.CorrelationId}, where {correlationId} is under way");
            return new ReceivedAnswer<TResponse>(TResponse.Decode(ref reader, version), frame, memory);
        }
        catch (MalformedRequest malformed)
        {
            memory.Return(frame.Buffer);
            open.End(malformed.Message);
            throw new BrokerUnreachable(malformed.Message);
        }
    }
}
