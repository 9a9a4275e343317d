using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>Takes the connections of one listener, as long as there is room for more. Runs on the server's loop.</summary>
internal sealed class Acceptor(Listener listener, INetworkListener socket, SocketServer server, ILog log)
{
    public Listener Listener => listener;

    public int BoundPort => socket.LocalEndPoint.Port;

    /// <summary>Ends when the listener is closed.</summary>
    public async Task AcceptAll()
    {
        try
        {
            while (true)
            {
                await server.WhenRoomForConnection(listener);
                if (await socket.Accept(CancellationToken.None) is not { } connection)
                    return;
                // Another listener may have taken the place meanwhile.
                await server.WhenRoomForConnection(listener);
                server.Add(connection, listener);
            }
        }
        catch (Exception exception)
        {
            log.Error("connection", $"listener={listener.Name} accepts no more", exception);
        }
    }

    public void Close() => socket.Dispose();
}
