using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>Listeners, sockets and connections.</summary>
internal static class SocketSettings
{
    public static readonly ConfigKey[] Rows =
    [
        String("advertised.listeners", null, High).PerBroker().Acts(),
        Long("connections.max.idle.ms", 600_000, Medium).Acts(),
        String("control.plane.listener.name", null, High).Acts(),
        String("inter.broker.listener.name", null, Medium).Acts(),
        String(
            "listener.security.protocol.map", "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
            Low).PerBroker().Acts(),
        String("listeners", "PLAINTEXT://:9092", High).PerBroker().Acts(),
        Int("max.connection.creation.rate", int.MaxValue, Medium).AtLeast(0).ClusterWide().Acts(),
        Int("max.connections", int.MaxValue, Medium).AtLeast(0).ClusterWide().Acts(),
        Int("max.connections.per.ip", int.MaxValue, Medium).AtLeast(0).ClusterWide().Acts(),
        String("max.connections.per.ip.overrides", "", Medium).ClusterWide().Acts(),
        Long("queued.max.request.bytes", -1, Medium).Acts(),
        Int("queued.max.requests", 500, High).AtLeast(1).NotNeeded(),
        String("security.inter.broker.protocol", "PLAINTEXT", Medium).OneOf("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL").Acts(),
        Long("socket.connection.setup.timeout.max.ms", 30_000, Medium),
        Long("socket.connection.setup.timeout.ms", 10_000, Medium),
        Int("socket.listen.backlog.size", 50, Medium).AtLeast(1).ActsAs(whenNotGiven: Limits.ListenBacklog),
        // A receive buffer that the system sizes by need takes half the CPU for large requests; Kafka's size holds where it is given.
        Int("socket.receive.buffer.bytes", 102_400, High).ActsAs(whenNotGiven: -1),
        Int("socket.request.max.bytes", 104_857_600, High).AtLeast(1).Acts(),
        Int("socket.send.buffer.bytes", 102_400, High).Acts(),
    ];
}
