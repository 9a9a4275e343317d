using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>Remote storage (KIP-405).</summary>
internal static class RemoteLogSettings
{
    public static readonly ConfigKey[] Rows =
    [
        Long("log.local.retention.bytes", -2, Medium).AtLeast(-2).ClusterWide(),
        Long("log.local.retention.ms", -2, Medium).AtLeast(-2).ClusterWide(),
        Int("remote.fetch.max.wait.ms", 500, Medium).AtLeast(1).ClusterWide(),
        Long("remote.log.index.file.cache.total.size.bytes", 1_073_741_824, Low).AtLeast(1).ClusterWide(),
        Int("remote.log.manager.copier.thread.pool.size", -1, Medium).BetweenOr(1, null, -1),
        Long("remote.log.manager.copy.max.bytes.per.second", long.MaxValue, Medium).AtLeast(1).ClusterWide(),
        Int("remote.log.manager.copy.quota.window.num", 11, Medium).AtLeast(1),
        Int("remote.log.manager.copy.quota.window.size.seconds", 1, Medium).AtLeast(1),
        Int("remote.log.manager.expiration.thread.pool.size", -1, Medium).BetweenOr(1, null, -1),
        Long("remote.log.manager.fetch.max.bytes.per.second", long.MaxValue, Medium).AtLeast(1).ClusterWide(),
        Int("remote.log.manager.fetch.quota.window.num", 11, Medium).AtLeast(1),
        Int("remote.log.manager.fetch.quota.window.size.seconds", 1, Medium).AtLeast(1),
        Long("remote.log.manager.task.interval.ms", 30_000, Low).AtLeast(1),
        Long("remote.log.manager.task.retry.backoff.max.ms", 30_000, Low).AtLeast(1).Internal(),
        Long("remote.log.manager.task.retry.backoff.ms", 500, Low).AtLeast(1).Internal(),
        Double("remote.log.manager.task.retry.jitter", 0.2, Low).Between(0, 0.5).Internal(),
        Int("remote.log.manager.thread.pool.size", 10, Medium).AtLeast(1),
        Int("remote.log.metadata.custom.metadata.max.bytes", 128, Low).AtLeast(0),
        String(
            "remote.log.metadata.manager.class.name",
            "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager", Medium).NotEmpty(),
        String("remote.log.metadata.manager.class.path", null, Medium),
        String("remote.log.metadata.manager.impl.prefix", "rlmm.config.", Medium).NotEmpty(),
        String("remote.log.metadata.manager.listener.name", null, Medium).NotEmpty(),
        Int("remote.log.reader.max.pending.tasks", 100, Medium).AtLeast(1),
        Int("remote.log.reader.threads", 10, Medium).AtLeast(1),
        String("remote.log.storage.manager.class.name", null, Medium).NotEmpty(),
        String("remote.log.storage.manager.class.path", null, Medium),
        String("remote.log.storage.manager.impl.prefix", "rsm.config.", Medium).NotEmpty(),
        Boolean("remote.log.storage.system.enable", false, Medium).Refused("remote storage is not built yet"),
    ];
}
