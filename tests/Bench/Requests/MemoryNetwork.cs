using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;

namespace KafkaCompatBroker.Tests.Bench.Requests;

/// <summary>
/// A network without sockets: what a client writes is read, handled and answered on the client's own thread before its write returns,
/// where the broker does not wait for anything else.
/// </summary>
internal sealed class MemoryNetwork : INetwork
{
    private MemoryListener? listener;

    public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default)
        => listener = new MemoryListener(endPoint);

    public ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
        => throw new NetworkError(NetworkErrorKind.ConnectionRefused, "nobody listens here");

    public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken) => new([IPAddress.Loopback]);

    /// <summary>Connects a client to the listener, of which there is one.</summary>
    public MemoryConnection Connect()
    {
        var connection = new MemoryConnection(listener!.LocalEndPoint);
        listener.Add(connection);
        return connection;
    }
}

internal sealed class MemoryListener(IPEndPoint endPoint) : INetworkListener
{
    private readonly System.Threading.Channels.Channel<INetworkConnection> waiting
        = System.Threading.Channels.Channel.CreateUnbounded<INetworkConnection>();

    public IPEndPoint LocalEndPoint { get; } = new(endPoint.Address, endPoint.Port == 0 ? 9092 : endPoint.Port);

    public async ValueTask<INetworkConnection?> Accept(CancellationToken cancellationToken)
        => await waiting.Reader.WaitToReadAsync(cancellationToken) ? await waiting.Reader.ReadAsync(cancellationToken) : null;

    public void Add(MemoryConnection connection) => waiting.Writer.TryWrite(connection);

    public void Dispose() => waiting.Writer.TryComplete();
}

/// <summary>Both ends of one connection. Answers are counted; the memory of the last one is kept until the next request.</summary>
internal sealed class MemoryConnection(IPEndPoint local) : INetworkConnection
{
    private readonly Pipe received = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0,
        useSynchronizationContext: false));
    private readonly byte[] answer = new byte[64 * 1024];
    private long answeredBytes;
    private int answers;

    public IPEndPoint RemoteEndPoint { get; } = new(IPAddress.Loopback, 50_000);

    public IPEndPoint LocalEndPoint => local;

    public PipeReader Input => received.Reader;

    /// <summary>The bytes of all answers so far, record bytes in files among them.</summary>
    public long AnsweredBytes => Volatile.Read(ref answeredBytes);

    public int Answers => Volatile.Read(ref answers);

    /// <summary>What the last answer had in memory, its size field included, up to 64 KiB.</summary>
    public ReadOnlyMemory<byte> Answer { get; private set; }

    /// <summary>Sends one request and waits for its answer, which is usually there when the write returns.</summary>
    public void Ask(ReadOnlySpan<byte> frame)
    {
        var before = Answers;
        frame.CopyTo(received.Writer.GetSpan(frame.Length));
        received.Writer.Advance(frame.Length);
        received.Writer.FlushAsync().GetAwaiter().GetResult();
        var wait = default(SpinWait);
        while (Answers == before)
            wait.SpinOnce();
    }

    public Arrival Arrived => Arrival.Bytes;

    public long TakenBytes => AnsweredBytes;

    /// <summary>Only waits for bytes: requests of this benchmark come whole.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> Receive(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await received.Reader.ReadAsync(cancellationToken);
        received.Reader.AdvanceTo(result.Buffer.Start);
        return 0;
    }

    public ValueTask Send(IReadOnlyList<OutgoingPart> parts, CancellationToken cancellationToken)
    {
        var length = 0;
        for (var index = 0; index < parts.Count; index++)
        {
            var part = parts[index];
            Interlocked.Add(ref answeredBytes, part.Length);
            if (part.IsFile || length + part.Length > answer.Length)
                continue;
            part.Memory.Span.CopyTo(answer.AsSpan(length));
            length += part.Length;
        }
        Answer = answer.AsMemory(0, length);
        Interlocked.Increment(ref answers);
        return ValueTask.CompletedTask;
    }

    public void Shutdown()
    {
    }

    public void Abort()
    {
    }

    public void Dispose()
    {
    }
}
