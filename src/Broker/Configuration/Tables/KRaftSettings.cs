using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>
/// KRaft: known, so that their names are not taken for mistakes; a broker in ZooKeeper mode uses none but node.id, which stands for
/// broker.id.
/// </summary>
internal static class KRaftSettings
{
    public static readonly ConfigKey[] Rows =
    [
        Boolean("alter.config.policy.kraft.compatibility.enable", false, Low),
        Int("broker.heartbeat.interval.ms", 2000, Medium),
        Int("broker.session.timeout.ms", 9000, Medium),
        String("controller.listener.names", null, High).Refused("KRaft is not built; this broker runs in ZooKeeper mode"),
        Int("controller.quorum.append.linger.ms", 25, Medium),
        List("controller.quorum.bootstrap.servers", [], High).NotEmpty().Refused("KRaft is not built; this broker runs in ZooKeeper mode"),
        Int("controller.quorum.election.backoff.max.ms", 1000, High),
        Int("controller.quorum.election.timeout.ms", 1000, High),
        Int("controller.quorum.fetch.timeout.ms", 2000, High),
        Int("controller.quorum.request.timeout.ms", 2000, Medium),
        Int("controller.quorum.retry.backoff.ms", 20, Low),
        List("controller.quorum.voters", [], High).NotEmpty().Refused("KRaft is not built; this broker runs in ZooKeeper mode"),
        String("early.start.listeners", null, High),
        Boolean("eligible.leader.replicas.enable", false, High),
        Int("initial.broker.registration.timeout.ms", 60_000, Medium),
        String("metadata.log.dir", null, High),
        Long("metadata.log.max.record.bytes.between.snapshots", 20_971_520, High).AtLeast(1),
        Long("metadata.log.max.snapshot.interval.ms", 3_600_000, High).AtLeast(0),
        Int("metadata.log.segment.bytes", 1_073_741_824, High).AtLeast(12),
        Int("metadata.log.segment.min.bytes", 8_388_608, High).AtLeast(12).Internal(),
        Long("metadata.log.segment.ms", 604_800_000, High),
        Int("metadata.max.idle.interval.ms", 500, Low).AtLeast(0),
        Long("metadata.max.retention.bytes", 104_857_600, High),
        Long("metadata.max.retention.ms", 604_800_000, High),
        Int("node.id", -1, High).Acts(),
        List("process.roles", [], High).OneOf("broker", "controller").Refused("KRaft is not built; this broker runs in ZooKeeper mode"),
        Long("server.max.startup.time.ms", long.MaxValue, Medium).AtLeast(0).Internal(),
        Boolean("unstable.api.versions.enable", false, High).Internal(),
        Boolean("unstable.feature.versions.enable", false, High).Internal(),
    ];
}
