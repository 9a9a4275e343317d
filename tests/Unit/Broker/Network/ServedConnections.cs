using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Networks;
using KafkaCompatBroker.Tests.Unit.Broker.Configuration;
using KafkaCompatBroker.Tests.Unit.Os;
using static KafkaCompatBroker.Tests.Unit.Broker.Network.FakeDispatcher;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

/// <summary>Connections on the simulated network and clock, to a server whose handlers are a stand-in.</summary>
public abstract class ServedConnections
{
    /// <summary>More descriptors than any test takes.</summary>
    internal static readonly FileBudget Files = new(descriptors: 1_000_000, openFiles: () => 0);

    private protected const long MemoryBytes = 1L << 30;

    private protected readonly SimWorld world = new(7);
    private protected readonly FakeDispatcher dispatcher = new();
    private protected readonly RecordedLog log = new();

    private protected SimClient Connect(NetworkOptions? options = null)
        => world.Network.Connect(Serve(options ?? BrokerDefaults.Network).BoundPort("PLAINTEXT"));

    private protected SocketServer Serve(
        NetworkOptions options, INetwork? network = null, string listeners = "PLAINTEXT://:0", FileBudget? files = null)
        => Serve(options, world, dispatcher, network, listeners, log, files);

    /// <summary>A server in another world, with other handlers.</summary>
    internal static SocketServer Serve(
        NetworkOptions options, SimWorld world, IRequestDispatcher dispatcher, INetwork? network = null,
        string listeners = "PLAINTEXT://:0", ILog? log = null, FileBudget? files = null)
    {
        var map = BrokerDefaults.ProtocolMap + ",BROKERS:PLAINTEXT,CLIENTS:PLAINTEXT,ONE:PLAINTEXT,OTHER:PLAINTEXT";
        var isPlain = listeners.StartsWith("PLAINTEXT", StringComparison.Ordinal);
        var config = ListenerConfig.Parse(listeners, null, map, isPlain ? null : "BROKERS", null);
        var server = new SocketServer(
            config, options, network ?? world.Network, world.Loops, MemoryBytes, files ?? Files, log ?? NoLog.Instance);
        world.Await(server.Bind(default));
        server.StartAccepting(dispatcher);
        return server;
    }

    private protected string? Receive(SimClient client) => Text(world.Await(client.ReceiveFrame()));

    private protected IEnumerable<string?> ReceiveMany(SimClient client, int count)
        => [.. Enumerable.Range(0, count).Select(_ => Receive(client))];

    private protected void AssertStillServes()
    {
        var client = Connect();
        world.Await(client.Send(Request(9, "echo:still")));
        Assert.Equal("9 echo:still", Receive(client));
        Assert.Empty(world.Errors);
    }
}
