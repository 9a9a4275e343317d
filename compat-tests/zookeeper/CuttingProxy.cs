using System.Net;
using System.Net.Sockets;

namespace KafkaCompatBroker.CompatTests.ZooKeeper;

/// <summary>Stands between clients and a server, and cuts their connections: once, or for as long as it is closed.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int serverPort;
    private readonly List<TcpClient> open = [];
    private volatile bool isClosed;

    public CuttingProxy(int serverPort)
    {
        this.serverPort = serverPort;
        listener.Start();
        _ = Accept();
    }

    public string Connect => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>While it is closed, connections end as soon as they are made.</summary>
    public bool IsClosed
    {
        get => isClosed;
        set
        {
            isClosed = value;
            if (value)
                Cut();
        }
    }

    public void Cut()
    {
        lock (open)
        {
            open.ForEach(client => client.Close());
            open.Clear();
        }
    }

    public void Dispose()
    {
        listener.Stop();
        Cut();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Forward(await listener.AcceptTcpClientAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The listener has been stopped.
        }
    }

    private async Task Forward(TcpClient client)
    {
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, serverPort);
            lock (open)
            {
                open.Add(client);
                open.Add(server);
            }
            if (isClosed)
                Cut();
            // Whichever direction ends takes the other along.
            await await Task.WhenAny(
                client.GetStream().CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(client.GetStream()));
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // One of the two has closed, or was cut.
        }
        client.Close();
    }
}
