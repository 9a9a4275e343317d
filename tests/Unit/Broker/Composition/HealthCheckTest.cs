using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.Composition;

public sealed class HealthCheckTest
{
    private readonly SimWorld world = new(1);

    [Theory]
    [InlineData("PLAINTEXT://127.0.0.1:9092")]
    [InlineData("PLAINTEXT://:9092")]
    [InlineData("PLAINTEXT://0.0.0.0:9092")]
    public void Broker_that_serves_is_healthy_until_it_has_stopped(string listeners)
    {
        var platform = new BrokerPlatform(
            world.Disk, world.Network, world.Loops, world.NewRandom(), NoLog.Instance, "this-machine", 1 << 30);
        var config = Config(listeners);
        BrokerServer? server = null;
        world.Await(world.Start(async () => server = await BrokerServer.Start(config, platform, CancellationToken.None)));

        Assert.Null(Ask(config));
        Assert.Contains("not taken the broker in", Ask(Config(listeners, id: "2")), StringComparison.Ordinal);

        world.Await(world.Start(server!.Stop));
        Assert.Contains("127.0.0.1:9092", Ask(config), StringComparison.Ordinal);
    }

    [Fact]
    public void Port_that_is_chosen_at_the_start_cannot_be_asked()
        => Assert.Contains("whichever port", Ask(Config("PLAINTEXT://127.0.0.1:0")), StringComparison.Ordinal);

    private string? Ask(BrokerConfig config)
    {
        string? problem = null;
        world.Await(world.Start(
            async () => problem = await HealthCheck.Run(config, world.Network, world.Loops, world.NewRandom())));
        return problem;
    }

    private static BrokerConfig Config(string listeners, string id = "1") => BrokerConfig.Parse(new Dictionary<string, string>
    {
        ["log.dirs"] = "/data", ["listeners"] = listeners, ["broker.id"] = id, ["advertised.listeners"] = "PLAINTEXT://localhost:9092",
    });
}
