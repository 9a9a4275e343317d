using System.Net;
using System.Net.Sockets;

namespace KafkaCompatBroker.Os.Network;

/// <summary>A listening socket. A connection that cannot be accepted costs the others nothing but a pause.</summary>
internal sealed class OsListener(Socket socket) : INetworkListener
{
    /// <summary>How long to wait when file descriptors or memory are short: the kernel would answer at once with the same error.</summary>
    private static readonly TimeSpan ShortagePause = TimeSpan.FromMilliseconds(100);

    private volatile bool isDisposed;

    public IPEndPoint LocalEndPoint { get; } = (IPEndPoint)socket.LocalEndPoint!;

    public async ValueTask<INetworkConnection?> Accept(CancellationToken cancellationToken)
    {
        while (!isDisposed)
        {
            Socket? accepted = null;
            try
            {
                accepted = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                return new OsConnection(accepted);
            }
            catch (Exception exception) when (isDisposed && exception is SocketException or ObjectDisposedException)
            {
                break;
            }
            catch (Exception exception) when (exception is SocketException or OutOfMemoryException)
            {
                accepted?.Dispose();
                if (exception is not SocketException failed || IsShortage(failed.SocketErrorCode))
                    await Task.Delay(ShortagePause, cancellationToken).ConfigureAwait(false);
                // Any other error is of that one connection, which was gone before it was accepted.
            }
        }
        return null;
    }

    public void Dispose()
    {
        isDisposed = true;
        socket.Dispose();
    }

    private static bool IsShortage(SocketError error)
        => error is not (
            SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.NotConnected or SocketError.InvalidArgument);
}
