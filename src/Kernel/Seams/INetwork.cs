using System.IO.Pipelines;
using System.Net;

namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>The seam to sockets: real in Os, simulated in tests.</summary>
public interface INetwork
{
    /// <summary>
    /// Binds and listens. Port 0 takes a free port: <see cref="INetworkListener.LocalEndPoint"/> tells which. Throws
    /// <see cref="NetworkError"/>.
    /// </summary>
    INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default);

    /// <summary>
    /// Connects to a peer that listens. Throws <see cref="NetworkError"/>, whose kind tells a peer that refuses from one that has not
    /// answered when the timeout is over and one to which there is no way.
    /// </summary>
    ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>The addresses of a host name; empty when there are none.</summary>
    ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken);
}

/// <summary>Sizes of the system's socket buffers in bytes; 0 or less leaves them to the system.</summary>
public readonly record struct SocketBuffers(int SendBytes, int ReceiveBytes);

public interface INetworkListener : IDisposable
{
    IPEndPoint LocalEndPoint { get; }
    /// <summary>The next connection; null once the listener is disposed. Survives a shortage of file descriptors.</summary>
    ValueTask<INetworkConnection?> Accept(CancellationToken cancellationToken);
}

/// <summary>
/// One TCP connection, accepted or made. One reader and one sender at a time. What the peer or the network does to it surfaces as an
/// <see cref="IOException"/>.
/// </summary>
public interface INetworkConnection : IDisposable
{
    IPEndPoint RemoteEndPoint { get; }
    IPEndPoint LocalEndPoint { get; }
    /// <summary>The bytes received, buffered 64 KiB at a time. A read takes a buffer at once, so one waits for them first.</summary>
    PipeReader Input { get; }
    /// <summary>
    /// Receives straight into the caller's buffer, past <see cref="Input"/>: only while Input holds no unread bytes. 0 at the end of the
    /// stream. An empty buffer waits until bytes have come, or the end, and takes nothing; it may be done too early.
    /// </summary>
    ValueTask<int> Receive(Memory<byte> buffer, CancellationToken cancellationToken);
    /// <summary>What would be received now, by a look that does not wait; only while nothing is being received.</summary>
    Arrival Arrived { get; }
    /// <summary>
    /// Sends memory and file ranges in order, all of them; file ranges go from the page cache to the socket. The list may be reused once
    /// this is done. Bytes that are yet to be made are made before.
    /// </summary>
    ValueTask Send(IReadOnlyList<OutgoingPart> parts, CancellationToken cancellationToken);
    /// <summary>
    /// How much of what was sent the peer has taken, in bytes: tells whether a long send goes on. Costs a call, so it is asked seldom.
    /// </summary>
    long TakenBytes { get; }
    /// <summary>Ends both directions in order: the peer gets what was sent and then the end; a pending read ends.</summary>
    void Shutdown();
    /// <summary>Closes at once, and the peer is told by a reset; a pending read or send ends with an error.</summary>
    void Abort();
}

/// <summary>What a connection would receive.</summary>
public enum Arrival
{
    Nothing,
    Bytes,
    /// <summary>The end of the stream, with no bytes before it.</summary>
    End,
}

/// <summary>
/// Bytes of an answer that are made while it is sent, so that only a piece of them is in memory at a time. Used by one sender.
/// </summary>
public interface IOutgoingSource : IDisposable
{
    /// <summary>All bytes, known before they are made.</summary>
    int Length { get; }

    /// <summary>What is in memory before the first piece is asked for.</summary>
    int HeldBytes { get; }

    /// <summary>The next bytes, one at least and as many as <see cref="Length"/> in all; valid until the next call.</summary>
    ReadOnlyMemory<byte> Next();
}

/// <summary>
/// A part of an answer: bytes in memory, a range of a file, or bytes yet to be made (then <see cref="Memory"/> is empty).
/// </summary>
public readonly struct OutgoingPart
{
    public OutgoingPart(ReadOnlyMemory<byte> memory) => Memory = memory;
    public OutgoingPart(FileSlice file) => File = file;
    public OutgoingPart(IOutgoingSource source) => Source = source;
    public ReadOnlyMemory<byte> Memory { get; }
    public FileSlice File { get; }
    public IOutgoingSource? Source { get; }
    public bool IsFile => File.File is not null;
    public int Length => IsFile ? File.Length : Source?.Length ?? Memory.Length;
}

/// <summary>Why a socket operation failed, as far as a caller must tell cases apart.</summary>
public enum NetworkErrorKind
{
    Other = 0,
    AddressInUse,
    AddressNotAvailable,
    AccessDenied,
    ConnectionReset,
    /// <summary>The peer's machine answers, and nobody listens there.</summary>
    ConnectionRefused,
    /// <summary>The peer has not answered in time.</summary>
    TimedOut,
    /// <summary>There is no way to the peer's address.</summary>
    Unreachable,
}

public sealed class NetworkError(NetworkErrorKind kind, string reason) : IOException(reason)
{
    public NetworkErrorKind Kind { get; } = kind;
}
