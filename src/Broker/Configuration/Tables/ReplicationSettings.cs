using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>Replication, leadership and the controller.</summary>
internal static class ReplicationSettings
{
    public static readonly ConfigKey[] Rows =
    [
        Boolean("auto.leader.rebalance.enable", true, High).Acts(),
        Boolean("controlled.shutdown.enable", true, Medium).Acts(),
        Int("controlled.shutdown.max.retries", 3, Medium).Acts(),
        Long("controlled.shutdown.retry.backoff.ms", 5000, Medium).Acts(),
        Int("controller.socket.timeout.ms", 30_000, Medium).Acts(),
        Int("delete.records.purgatory.purge.interval.requests", 1, Medium).NotNeeded(),
        Int("fetch.purgatory.purge.interval.requests", 1000, Medium).NotNeeded(),
        String("inter.broker.protocol.version", $"{MetadataVersion.Latest}", Medium).VersionOf(MetadataVersion.Names).Acts(),
        Long("leader.imbalance.check.interval.seconds", 300, High).AtLeast(1).Acts(),
        Int("leader.imbalance.per.broker.percentage", 10, High).Acts(),
        Int("min.insync.replicas", 1, High).AtLeast(1).ClusterWide().Acts(),
        Int("num.replica.fetchers", 1, High).ClusterWide().Acts(),
        Int("producer.purgatory.purge.interval.requests", 1000, Medium).NotNeeded(),
        Int("replica.fetch.backoff.ms", 1000, Medium).AtLeast(0).Acts(),
        Int("replica.fetch.max.bytes", 1_048_576, Medium).AtLeast(0).Acts(),
        Int("replica.fetch.min.bytes", 1, High).Acts(),
        Int("replica.fetch.response.max.bytes", 10_485_760, Medium).AtLeast(0).Acts(),
        Int("replica.fetch.wait.max.ms", 500, High).Acts(),
        Long("replica.high.watermark.checkpoint.interval.ms", 5000, High).Acts(),
        Long("replica.lag.time.max.ms", 30_000, High).Acts(),
        String("replica.selector.class", null, Medium).Acts(),
        Int("replica.socket.receive.buffer.bytes", 65_536, High),
        Int("replica.socket.timeout.ms", 30_000, High).Acts(),
        Boolean("unclean.leader.election.enable", false, High).ClusterWide().Acts(),
        Long("unclean.leader.election.interval.ms", 300_000, Medium).AtLeast(1).Internal(),
    ];
}
