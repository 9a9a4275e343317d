using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace KafkaCompatBroker.Os.Network;

/// <summary>
/// A connected socket. An idle one holds no buffer. Completions run on the pool thread that
/// learned of them, so that a small request is read, handled and answered there.
/// </summary>
internal sealed class OsConnection : INetworkConnection
{
    private const int InputBufferBytes = 64 * 1024;

    private const int TcpInfoOption = 11;
    /// <summary>Linux's struct tcp_info up to tcpi_bytes_acked.</summary>
    private const int TcpInfoBytes = 128, BytesAckedOffset = 120;

    private static readonly LingerOption ResetOnClose = new(enable: true, seconds: 0);

    private readonly Socket socket;
    private readonly NetworkStream stream;
    private SendOperation? gatheredSend;

    public OsConnection(Socket socket)
    {
        this.socket = socket;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        RemoteEndPoint = Unmapped((IPEndPoint)socket.RemoteEndPoint!);
        LocalEndPoint = Unmapped((IPEndPoint)socket.LocalEndPoint!);
        stream = new NetworkStream(socket, ownsSocket: false);
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(
            bufferSize: InputBufferBytes, minimumReadSize: InputBufferBytes / 16, leaveOpen: true));
    }

    public IPEndPoint RemoteEndPoint { get; }

    public IPEndPoint LocalEndPoint { get; }

    public PipeReader Input { get; }

    public Arrival Arrived
    {
        get
        {
            try
            {
                return !socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) ? Arrival.Nothing
                    : socket.Available > 0 ? Arrival.Bytes
                    : Arrival.End;
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return Arrival.End;
            }
        }
    }

    public long TakenBytes
    {
        get
        {
            Span<byte> info = stackalloc byte[TcpInfoBytes];
            try
            {
                // What the system does not tell counts as taken, so that no peer is given up for what is not known of it.
                return OperatingSystem.IsLinux()
                    && socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfoOption, info) == TcpInfoBytes
                    ? BinaryPrimitives.ReadInt64LittleEndian(info[BytesAckedOffset..])
                    : Environment.TickCount64;
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return 0;
            }
        }
    }

    public ValueTask<int> Receive(Memory<byte> buffer, CancellationToken cancellationToken) => stream.ReadAsync(buffer, cancellationToken);

    public ValueTask Send(IReadOnlyList<OutgoingPart> parts, CancellationToken cancellationToken)
    {
        // The usual answer is one piece of memory, which takes no operation object and one call.
        if (parts.Count == 1 && !parts[0].IsFile)
            return stream.WriteAsync(parts[0].Memory, cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        gatheredSend ??= new SendOperation(socket);
        return gatheredSend.Send(parts);
    }

    public void Shutdown()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer was first.
        }
    }

    public void Abort()
    {
        try
        {
            socket.LingerState = ResetOnClose;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The socket is gone; that is what is wanted.
        }
        socket.Dispose();
    }

    public void Dispose()
    {
        socket.Dispose();
        Input.Complete();
        gatheredSend?.Dispose();
    }

    /// <summary>A socket of both families names IPv4 peers by mapped addresses; everyone else knows them by the plain ones.</summary>
    private static IPEndPoint Unmapped(IPEndPoint endPoint)
        => endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
