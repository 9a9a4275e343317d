using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Networks;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// A connection that speaks the protocol and never retries, so that every single answer is seen. Requests may overlap; answers come in
/// their order. Null stands for an answer that did not come: the connection was closed, cut, or given up because the time was over.
/// </summary>
internal sealed class KafkaConnection(SimWorld world, SimClient connection)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(8);

    private readonly Queue<Pending> pending = new();
    private int correlationId;
    private bool isReceiving;
    private Task lastSending = Task.CompletedTask;

    /// <summary>Which life of the disk the broker was in when the connection was made; answers are of that life.</summary>
    public int Life { get; init; }

    /// <summary>Which broker it was made to.</summary>
    public int Broker { get; init; }

    public bool IsOpen { get; private set; } = true;

    public async Task<TResponse?> Ask<TRequest, TResponse>(TRequest request, short version, TimeSpan? timeout = null)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        if (!IsOpen)
            return null;
        var asked = new Pending(++correlationId);
        pending.Enqueue(asked);
        using var timer = world.Time.CreateTimer(_ => Close(), null, timeout ?? DefaultTimeout, Timeout.InfiniteTimeSpan);
        lastSending = SendBehind(lastSending, Encode<TRequest, TResponse>(request, asked.CorrelationId, version));
        if (!isReceiving)
            _ = ReceiveAll();
        var frame = await asked.Answer.Task;
        return frame is null ? null : Decode<TRequest, TResponse>(frame, asked.CorrelationId, version);
    }

    /// <summary>Gives the connection up: what is under way is lost.</summary>
    public void Close()
    {
        if (!IsOpen)
            return;
        IsOpen = false;
        connection.Abort();
        while (pending.TryDequeue(out var unanswered))
            unanswered.Answer.SetResult(null);
    }

    /// <summary>Leaves it as it is, as a client that has died with its machine: the broker is not told.</summary>
    public void Forget()
    {
        IsOpen = false;
        connection.Vanish();
    }

    private async Task SendBehind(Task before, byte[] frame)
    {
        await before;
        await connection.Send(frame);
    }

    private async Task ReceiveAll()
    {
        isReceiving = true;
        while (pending.Count > 0)
        {
            var frame = await connection.ReceiveFrame();
            if (!IsOpen)
                return;
            if (frame is null)
            {
                Close();
                return;
            }
            pending.Dequeue().Answer.SetResult(frame);
        }
        isReceiving = false;
    }

    private static byte[] Encode<TRequest, TResponse>(TRequest request, int correlationId, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        using var writer = new WireWriter();
        writer.BeginFrame();
        new RequestHeader
        {
            RequestApiKey = (short)TRequest.ApiKey,
            RequestApiVersion = version,
            CorrelationId = correlationId,
            ClientId = "sim",
        }
            .Encode(writer, TRequest.RequestHeaderVersion(version));
        request.Encode(writer, version);
        writer.EndFrame();
        return writer.ToArray();
    }

    private static TResponse Decode<TRequest, TResponse>(byte[] frame, int correlationId, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        var reader = new WireReader(frame);
        Assert.Equal(correlationId, ResponseHeader.Decode(ref reader, TRequest.ResponseHeaderVersion(version)).CorrelationId);
        return TResponse.Decode(ref reader, version);
    }

    private sealed class Pending(int correlationId)
    {
        public int CorrelationId => correlationId;
        public TaskCompletionSource<byte[]?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
