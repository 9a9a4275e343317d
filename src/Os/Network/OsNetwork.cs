using System.Net;
using System.Net.Sockets;

namespace KafkaCompatBroker.Os.Network;

/// <summary>TCP of the system.</summary>
public sealed class OsNetwork : INetwork
{
    public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default)
    {
        var address = endPoint.Address.Equals(IPAddress.IPv6Any) && !Socket.OSSupportsIPv6 ? IPAddress.Any : endPoint.Address;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // The wildcard takes IPv4 clients as well, as Java's does.
            if (address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            // Accepted sockets inherit the sizes, and the window is agreed on while connecting, so they are set before the listening
            // starts.
            if (buffers.SendBytes > 0)
                socket.SendBufferSize = buffers.SendBytes;
            if (buffers.ReceiveBytes > 0)
                socket.ReceiveBufferSize = buffers.ReceiveBytes;
            socket.Bind(new IPEndPoint(address, endPoint.Port));
            socket.Listen(backlog);
            return new OsListener(socket);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new NetworkError(KindOf(exception.SocketErrorCode), exception.Message);
        }
    }

    public async ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endPoint, deadline.Token).ConfigureAwait(false);
            return new OsConnection(socket);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new NetworkError(NetworkErrorKind.TimedOut, $"no answer within {timeout.TotalMilliseconds:F0} ms");
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new NetworkError(KindOf(exception.SocketErrorCode), exception.Message);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>IPv4 addresses first, as Java orders them.</summary>
    public async ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
            return [address];
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
            return [.. addresses.OrderBy(found => found.AddressFamily == AddressFamily.InterNetworkV6)];
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            // The latter for what no host can be called, being too long.
            return [];
        }
    }

    private static NetworkErrorKind KindOf(SocketError error) => error switch
    {
        SocketError.AddressAlreadyInUse => NetworkErrorKind.AddressInUse,
        SocketError.AddressNotAvailable => NetworkErrorKind.AddressNotAvailable,
        SocketError.AccessDenied => NetworkErrorKind.AccessDenied,
        // A peer that resets before the connection is looked at leaves none.
        SocketError.ConnectionReset or SocketError.NotConnected => NetworkErrorKind.ConnectionReset,
        SocketError.ConnectionRefused => NetworkErrorKind.ConnectionRefused,
        SocketError.TimedOut => NetworkErrorKind.TimedOut,
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown
            => NetworkErrorKind.Unreachable,
        _ => NetworkErrorKind.Other,
    };
}
