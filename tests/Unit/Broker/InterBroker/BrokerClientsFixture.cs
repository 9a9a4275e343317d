using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

internal static class BrokerClientsFixture
{
    /// <summary>Broker 1's clients in a simulated world, whose network takes every host for itself.</summary>
    public static BrokerClients Of(SimWorld world, string protocol = "3.9") => new()
    {
        Self = new BrokerId(1),
        Network = world.Network,
        Loops = world.Loops,
        Random = world.NewRandom(),
        Protocol = MetadataVersion.Of(protocol),
        InterBrokerListener = "PLAINTEXT",
        ControllerListener = "PLAINTEXT",
        RequestTimeout = TimeSpan.FromSeconds(30),
        ControllerConnectTimeout = TimeSpan.FromSeconds(30),
        LeaderConnectTimeout = TimeSpan.FromSeconds(30),
        AnswerMaxBytes = 1_000_000,
    };
}
