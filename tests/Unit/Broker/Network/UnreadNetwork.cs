using System.IO.Pipelines;
using System.Net;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

/// <summary>A network of one connection whose peer sends and never reads: a send ends only when the connection is aborted.</summary>
internal sealed class UnreadNetwork : INetwork, INetworkListener
{
    private readonly TaskCompletionSource<INetworkConnection?> closed = new();
    private bool isAccepted;

    public UnreadConnection Connection { get; } = new();

    public IPEndPoint LocalEndPoint => new(IPAddress.Loopback, 9092);

    public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default) => this;

    public ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
        => throw new NetworkError(NetworkErrorKind.ConnectionRefused, "nobody listens here");

    public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken) => new([IPAddress.Loopback]);

    public ValueTask<INetworkConnection?> Accept(CancellationToken cancellationToken)
    {
        if (isAccepted)
            return new(closed.Task);
        isAccepted = true;
        return new(Connection);
    }

    public void Dispose() => closed.TrySetResult(null);
}

internal sealed class UnreadConnection : INetworkConnection
{
    private readonly TaskCompletionSource sending = new();

    public Pipe ToBroker { get; } = new(
        new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
    public int Sends { get; private set; }
    public bool IsAborted { get; private set; }
    public bool IsDisposed { get; private set; }

    public IPEndPoint RemoteEndPoint => new(IPAddress.Loopback, 50000);
    public IPEndPoint LocalEndPoint => new(IPAddress.Loopback, 9092);
    public PipeReader Input => ToBroker.Reader;

    public Arrival Arrived => Arrival.Bytes;
    public long TakenBytes { get; set; }

    public async ValueTask<int> Receive(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Assert.True(buffer.IsEmpty);
        var result = await Input.ReadAsync(cancellationToken);
        Input.AdvanceTo(result.Buffer.Start);
        return 0;
    }

    public ValueTask Send(IReadOnlyList<OutgoingPart> parts, CancellationToken cancellationToken)
    {
        Sends++;
        return new(sending.Task);
    }

    public void Shutdown() => Abort();

    public void Abort()
    {
        IsAborted = true;
        Input.CancelPendingRead();
        sending.TrySetException(new NetworkError(NetworkErrorKind.ConnectionReset, "aborted"));
    }

    public void Dispose() => IsDisposed = true;
}
