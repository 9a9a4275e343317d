using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using KafkaCompatBroker.Os.Disk;

namespace KafkaCompatBroker.Os.Network;

/// <summary>
/// Sends several parts on one socket, one send at a time, reusing itself. Memory alone goes as one gathered call; with file ranges among
/// the parts they go in turn, ranges by sendfile; Linux is told to hold them back until all are there (TCP_CORK), so that small parts do
/// not go as packets of their own, of which each would wake the receiver.
/// </summary>
internal sealed class SendOperation : SocketAsyncEventArgs, IValueTaskSource
{
    /// <summary>Up to this size several parts are copied side by side, which is cheaper than to pin and describe each.</summary>
    private const int CopyMaxBytes = 8 * 1024;

    private const int TcpCorkOption = 3;

    /// <summary>Nothing here flows with the caller.</summary>
    private const bool SuppressExecutionContext = true;

    private readonly Socket socket;
    private readonly List<ArraySegment<byte>> segments = [];
    private readonly List<byte[]> copies = [];
    private ManualResetValueTaskSourceCore<int> completion;

    private int expectedBytes;
    private bool isCorked;

    public SendOperation(Socket socket)
        : base(SuppressExecutionContext)
    {
        this.socket = socket;
    }

    public ValueTask Send(IReadOnlyList<OutgoingPart> parts)
    {
        var (total, hasFile) = (0L, false);
        for (var index = 0; index < parts.Count; index++)
        {
            total += parts[index].Length;
            hasFile |= parts[index].IsFile;
        }
        if (total == 0)
            return default;
        completion.Reset();
        expectedBytes = checked((int)total);
        try
        {
            if (Start(parts, hasFile))
                return new ValueTask(this, completion.Version);
        }
        catch (Exception exception)
        {
            End();
            // A closed socket is the peer's or the shutdown's doing, as any other failure to send. One that knows by an earlier error that
            // the peer is gone does not even try to send ranges, and calls that not supported.
            if (exception is ObjectDisposedException or SocketException or NotSupportedException)
                return ValueTask.FromException(new NetworkError(NetworkErrorKind.ConnectionReset, exception.Message));
            return ValueTask.FromException(exception);
        }
        End();
        return IsAllSent ? default : ValueTask.FromException(Failure());
    }

    void IValueTaskSource.GetResult(short token) => completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => completion.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => completion.OnCompleted(continuation, state, token, flags);

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        End();
        if (IsAllSent)
            completion.SetResult(0);
        else
            completion.SetException(Failure());
    }

    /// <summary>
    /// A file cut while its range was being sent ends the send early without an error; the peer must not take what follows for the range.
    /// </summary>
    private bool IsAllSent => SocketError == SocketError.Success && BytesTransferred == expectedBytes;

    /// <summary>True when the socket will call <see cref="OnCompleted"/>; false when all is done already.</summary>
    private bool Start(IReadOnlyList<OutgoingPart> parts, bool hasFile)
    {
        if (hasFile)
        {
            SendPacketsElements = Elements(parts);
            if (OperatingSystem.IsLinux())
                Cork(true);
            return socket.SendPacketsAsync(this);
        }
        if (expectedBytes <= CopyMaxBytes)
        {
            var copy = Rent(expectedBytes);
            var position = 0;
            for (var index = 0; index < parts.Count; index++)
            {
                parts[index].Memory.Span.CopyTo(copy.AsSpan(position));
                position += parts[index].Length;
            }
            segments.Add(new ArraySegment<byte>(copy, 0, expectedBytes));
        }
        else
        {
            for (var index = 0; index < parts.Count; index++)
                segments.Add(SegmentOf(parts[index].Memory));
        }
        BufferList = segments;
        return socket.SendAsync(this);
    }

    private SendPacketsElement[] Elements(IReadOnlyList<OutgoingPart> parts)
    {
        var elements = new SendPacketsElement[parts.Count];
        for (var index = 0; index < elements.Length; index++)
        {
            var part = parts[index];
            if (part.Length == 0)
                // A file range of no length would mean the whole file.
                elements[index] = new SendPacketsElement(ReadOnlyMemory<byte>.Empty);
            else if (!part.IsFile)
                elements[index] = new SendPacketsElement(part.Memory);
            else if (part.File.File is OsFile file)
                elements[index] = new SendPacketsElement(file.Stream, part.File.Position, part.File.Length);
            else
                elements[index] = new SendPacketsElement(ReadIntoMemory(part.File));
        }
        return elements;
    }

    /// <summary>A file of another disk than the real one has no handle to send from.</summary>
    private ReadOnlyMemory<byte> ReadIntoMemory(FileSlice slice)
    {
        var copy = Rent(slice.Length);
        if (slice.File.Read(slice.Position, copy.AsSpan(0, slice.Length)) != slice.Length)
            throw new NetworkError(NetworkErrorKind.Other, $"{slice.File.Path} ends inside the range to send");
        return copy.AsMemory(0, slice.Length);
    }

    private ArraySegment<byte> SegmentOf(ReadOnlyMemory<byte> memory)
    {
        if (MemoryMarshal.TryGetArray(memory, out var segment))
            return segment;
        var copy = Rent(memory.Length);
        memory.CopyTo(copy);
        return new ArraySegment<byte>(copy, 0, memory.Length);
    }

    private byte[] Rent(int length)
    {
        var rented = ArrayPool<byte>.Shared.Rent(length);
        copies.Add(rented);
        return rented;
    }

    private void Cork(bool isOn)
    {
        var value = isOn ? 1 : 0;
        socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpCorkOption, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));
        isCorked = isOn;
    }

    /// <summary>What was held back goes, and nothing of this send is kept alive until the next.</summary>
    private void End()
    {
        try
        {
            if (isCorked)
                Cork(false);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // The connection is gone, as the send itself tells.
            isCorked = false;
        }
        Release();
    }

    private void Release()
    {
        if (BufferList is not null)
            BufferList = null;
        if (SendPacketsElements is not null)
            SendPacketsElements = null;
        segments.Clear();
        foreach (var copy in copies)
            ArrayPool<byte>.Shared.Return(copy);
        copies.Clear();
    }

    private NetworkError Failure()
        => new(
            SocketError == SocketError.ConnectionReset ? NetworkErrorKind.ConnectionReset : NetworkErrorKind.Other,
            $"send failed: {SocketError}, {BytesTransferred} of {expectedBytes} bytes sent");
}
