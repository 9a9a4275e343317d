using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>Compaction. The log.cleaner settings without a counterpart per topic tune the cleaner itself.</summary>
internal static class CleanerSettings
{
    public static readonly ConfigKey[] Rows =
    [
        Long("log.cleaner.backoff.ms", 15_000, Medium).AtLeast(0).ClusterWide().Acts(),
        Long("log.cleaner.dedupe.buffer.size", 134_217_728, Medium).ClusterWide().Acts(),
        Long("log.cleaner.delete.retention.ms", 86_400_000, Medium).AtLeast(0).ClusterWide().Acts(),
        Boolean("log.cleaner.enable", true, Medium).Acts(),
        Double("log.cleaner.io.buffer.load.factor", 0.9, Medium).ClusterWide().Acts(),
        Int("log.cleaner.io.buffer.size", 524_288, Medium).AtLeast(0).ClusterWide().Acts(),
        Double("log.cleaner.io.max.bytes.per.second", double.MaxValue, Medium).ClusterWide().Acts(),
        Long("log.cleaner.max.compaction.lag.ms", long.MaxValue, Medium).AtLeast(1).ClusterWide().Acts(),
        Double("log.cleaner.min.cleanable.ratio", 0.5, Medium).Between(0, 1).ClusterWide().Acts(),
        Long("log.cleaner.min.compaction.lag.ms", 0, Medium).AtLeast(0).ClusterWide().Acts(),
        Int("log.cleaner.threads", 1, Medium).AtLeast(0).ClusterWide().Acts(),
    ];
}
