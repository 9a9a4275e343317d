using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>Takes the connections of one listener, as long as there is room for more. Runs on the server's loop.</summary>
internal sealed class Acceptor(Listener listener, INetworkListener socket, ILog log)
{
    public Listener Listener => listener;

    public int BoundPort => socket.LocalEndPoint.Port;

    /// <summary>Ends when the listener is closed.</summary>
    public async Task AcceptAll(ClientConnections connections)
    {
        try
        {
            while (await AcceptOne(connections))
            {
            }
        }
        catch (Exception exception)
        {
            log.Error("connection", $"listener={listener.Name} accepts no more", exception);
        }
    }

    public bool IsClosed { get; private set; }

    public void Close()
    {
        IsClosed = true;
        socket.Dispose();
    }

    /// <summary>False when the listener is closed.</summary>
    private async Task<bool> AcceptOne(ClientConnections connections)
    {
        await connections.WhenRoom(listener);
        if (await socket.Accept(CancellationToken.None) is not { } connection)
            return false;
        try
        {
            await connections.WhenDue(listener);
            // Another listener's connection may have taken the room meanwhile.
            await connections.WhenRoom(listener);
            connections.Add(connection, listener);
        }
        catch (OutOfMemoryException)
        {
            // A shortage, which passes: the next one may find memory.
            log.Warn("connection", $"connection refused: listener={listener.Name} reason=no memory is left for it");
            connection.Dispose();
        }
        return true;
    }
}
