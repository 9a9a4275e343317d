using System.Net;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>What one client knows of where brokers are and which of them is what.</summary>
internal interface IBrokerDirectory
{
    /// <summary>The broker's id, asked for where it is not known; null when nobody could tell.</summary>
    /// <param name="connect">The client's connection to a broker; null when there is none now.</param>
    ValueTask<int?> Find(Peer peer, Func<int, Task<KafkaConnection?>> connect);

    IPEndPoint EndPointOf(int broker);

    /// <summary>In which epoch the leader leads, as far as is known; −1 where it is not.</summary>
    int EpochOf(TopicPartition partition);

    void SetCoordinator(string group, int broker);

    /// <summary>Something went wrong: what is known may be so no longer.</summary>
    void LookAgain();
}

/// <summary>The one broker that there is is everything.</summary>
internal sealed class OneBroker(int port) : IBrokerDirectory
{
    public ValueTask<int?> Find(Peer peer, Func<int, Task<KafkaConnection?>> connect) => new(0);

    public IPEndPoint EndPointOf(int broker) => new(IPAddress.Loopback, port);

    public int EpochOf(TopicPartition partition) => -1;

    public void SetCoordinator(string group, int broker)
    {
    }

    public void LookAgain()
    {
    }
}
