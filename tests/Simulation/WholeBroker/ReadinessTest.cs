using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker;

public sealed class ReadinessTest
{
    private const int Port = 9092, Partitions = 8, Seeds = 20;

    private SimWorld world = new(1);

    [Fact]
    public void Partitions_that_were_there_are_led_when_the_broker_is_ready()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            world = new SimWorld(seed) { IsShuffling = true };
            StartTwice();
        }
    }

    private void StartTwice()
    {
        Assert.Equal(0, LedWhenReady(out var server));
        var client = new KafkaConnection(world, world.Network.Connect(Port));
        var request = new CreateTopicsRequest
        {
            TimeoutMs = 30_000,
            Topics = [new() { Name = "orders", NumPartitions = Partitions, ReplicationFactor = 1 }],
        };
        CreateTopicsResponse? created = null;
        world.Await(world.Start(async () => created = await client.Ask<CreateTopicsRequest, CreateTopicsResponse>(request, 5)));
        Assert.Equal(KafkaError.None, created!.Topics[0].ErrorCode);
        world.Await(world.Start(server.Stop));

        Assert.Equal(Partitions, LedWhenReady(out server));
        world.Await(world.Start(server.Stop));
    }

    /// <summary>How many partitions the broker had begun to lead at the moment when its start was done.</summary>
    private int LedWhenReady(out BrokerServer server)
    {
        var properties = new Dictionary<string, string>
        {
            ["log.dirs"] = "/data",
            ["listeners"] = $"PLAINTEXT://127.0.0.1:{Port}",
            ["broker.id"] = "1",
        };
        var log = new LeaderCount();
        var platform = new BrokerPlatform(world.Disk, world.Network, world.Loops, world.NewRandom(), log, "localhost", 1 << 30);
        BrokerServer? started = null;
        var led = -1;
        world.Await(world.Start(async () =>
        {
            started = await BrokerServer.Start(BrokerConfig.Parse(properties), platform, CancellationToken.None);
            led = log.Leaders;
        }));
        server = started!;
        return led;
    }

    private sealed class LeaderCount : ILog
    {
        public int Leaders { get; private set; }

        public bool IsEnabled(LogLevel level) => true;

        public void Write(LogLevel level, string source, string message, Exception? exception = null)
            => Leaders += message.Contains("role=Leader", StringComparison.Ordinal) ? 1 : 0;
    }
}
