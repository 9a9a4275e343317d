using System.IO.Pipelines;
using System.Net;

namespace KafkaCompatBroker.Tests.Simulation.World;

/// <summary>
/// The world's network: connections are pairs of pipes, bytes arrive in pieces drawn from the seed, and a connection can be cut at any
/// moment.
/// </summary>
public sealed class SimNetwork(SimWorld world) : INetwork
{
    private readonly Dictionary<int, SimListener> listeners = [];
    private readonly List<SimConnection> connections = [];
    private int nextPort = 40000;

    public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default)
    {
        var port = endPoint.Port == 0 ? nextPort++ : endPoint.Port;
        if (listeners.ContainsKey(port))
            throw new NetworkError(NetworkErrorKind.AddressInUse, $"port {port} is in use");
        var listener = new SimListener(this, new IPEndPoint(endPoint.Address, port));
        listeners[port] = listener;
        return listener;
    }

    public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken) => new([IPAddress.Loopback]);

    /// <summary>Connects a client of the test to a listening port.</summary>
    public SimClient Connect(int port)
    {
        if (!listeners.TryGetValue(port, out var listener))
            throw new NetworkError(NetworkErrorKind.ConnectionReset, $"nobody listens on port {port}");
        var options = new PipeOptions(
            readerScheduler: new WorldScheduler(world), writerScheduler: new WorldScheduler(world), useSynchronizationContext: false,
            pauseWriterThreshold: 0);
        var (toBroker, toClient) = (new Pipe(options), new Pipe(options));
        var client = new SimClient(world, toBroker.Writer, toClient.Reader);
        var connection = new SimConnection(
            world, toBroker.Reader, toClient.Writer, listener.LocalEndPoint, new IPEndPoint(IPAddress.Loopback, nextPort++));
        connections.Add(connection);
        listener.Add(connection);
        return client;
    }

    /// <summary>Every listener and connection goes, as when the process that holds them is killed.</summary>
    public void CutAll()
    {
        foreach (var listener in listeners.Values.ToList())
            listener.Dispose();
        foreach (var connection in connections)
            connection.Abort();
        connections.Clear();
    }

    internal void Remove(SimListener listener) => listeners.Remove(listener.LocalEndPoint.Port);

    /// <summary>Runs pipe continuations as work of the world.</summary>
    private sealed class WorldScheduler(SimWorld world) : PipeScheduler
    {
        public override void Schedule(Action<object?> action, object? state) => world.Enqueue("network", () => action(state));
    }
}

internal sealed class SimListener(SimNetwork network, IPEndPoint localEndPoint) : INetworkListener
{
    private readonly Queue<SimConnection> waiting = new();
    private TaskCompletionSource<INetworkConnection?>? accepting;
    private bool closed;

    public IPEndPoint LocalEndPoint => localEndPoint;

    public ValueTask<INetworkConnection?> Accept(CancellationToken cancellationToken)
    {
        if (closed)
            return new((INetworkConnection?)null);
        if (waiting.TryDequeue(out var connection))
            return new(connection);
        accepting = new TaskCompletionSource<INetworkConnection?>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new(accepting.Task);
    }

    internal void Add(SimConnection connection)
    {
        if (accepting is { } acceptor)
        {
            accepting = null;
            acceptor.SetResult(connection);
        }
        else
        {
            waiting.Enqueue(connection);
        }
    }

    public void Dispose()
    {
        closed = true;
        network.Remove(this);
        accepting?.TrySetResult(null);
    }
}

/// <summary>The broker's end of a simulated connection.</summary>
internal sealed class SimConnection(SimWorld world, PipeReader input, PipeWriter output, IPEndPoint local, IPEndPoint remote)
    : INetworkConnection
{
    private bool closed;

    public IPEndPoint RemoteEndPoint => remote;
    public IPEndPoint LocalEndPoint => local;
    public PipeReader Input => input;

    public async ValueTask<int> Receive(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await input.ReadAsync(cancellationToken);
        var count = (int)Math.Min(buffer.Length, result.Buffer.Length);
        var taken = result.Buffer.Slice(0, count);
        var span = buffer.Span;
        foreach (var piece in taken)
        {
            piece.Span.CopyTo(span);
            span = span[piece.Length..];
        }
        input.AdvanceTo(taken.End);
        return count;
    }

    public async ValueTask Send(IReadOnlyList<OutgoingPart> parts, CancellationToken cancellationToken)
    {
        if (closed)
            throw new NetworkError(NetworkErrorKind.ConnectionReset, "connection closed");
        foreach (var part in parts)
        {
            var bytes = new byte[part.Length];
            if (part.IsFile)
                part.File.File.Read(part.File.Position, bytes);
            else
                part.Memory.CopyTo(bytes);
            world.Trace.Add(bytes);
            await output.WriteAsync(bytes, cancellationToken);
        }
    }

    public void Abort()
    {
        if (closed)
            return;
        closed = true;
        input.CancelPendingRead();
        output.Complete();
    }

    public void Dispose()
    {
        Abort();
        input.Complete();
    }
}

/// <summary>The test's end of a simulated connection: sends raw bytes, reads whole frames.</summary>
public sealed class SimClient(SimWorld world, PipeWriter output, PipeReader input)
{
    /// <summary>Sends bytes in pieces of a size drawn from the seed.</summary>
    public async Task Send(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = world.Random.Next(4) == 0 ? world.Random.Next(1, bytes.Length + 1) : bytes.Length;
            await output.WriteAsync(bytes[..count]);
            bytes = bytes[count..];
        }
    }

    /// <summary>The next frame without its length; null when the broker closed the connection.</summary>
    public async Task<byte[]?> ReceiveFrame()
    {
        while (true)
        {
            var result = await input.ReadAsync();
            if (TryTakeFrame(result.Buffer, out var frame, out var end))
            {
                input.AdvanceTo(end);
                return frame;
            }
            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
                return null;
        }
    }

    public void Close() => output.Complete();

    private static bool TryTakeFrame(System.Buffers.ReadOnlySequence<byte> buffer, out byte[]? frame, out SequencePosition end)
    {
        (frame, end) = (null, buffer.Start);
        var reader = new System.Buffers.SequenceReader<byte>(buffer);
        if (!System.Buffers.SequenceReaderExtensions.TryReadBigEndian(ref reader, out int length) || reader.Remaining < length)
            return false;
        frame = new byte[length];
        reader.TryCopyTo(frame);
        reader.Advance(length);
        end = reader.Position;
        return true;
    }
}
