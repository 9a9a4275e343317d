using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>Log dirs, segments, retention, flushing and what a topic inherits.</summary>
internal static class LogSettings
{
    public static readonly ConfigKey[] Rows =
    [
        Int("compression.gzip.level", -1, Medium).BetweenOr(1, 9, -1).ClusterWide().Acts(),
        Int("compression.lz4.level", 9, Medium).Between(1, 17).ClusterWide().Acts(),
        String("compression.type", "producer", High).OneOf(
            "uncompressed", "zstd", "lz4", "snappy", "gzip", "producer").ClusterWide().Acts(),
        Int("compression.zstd.level", 3, Medium).Between(-131_072, 22).ClusterWide().Acts(),
        List("log.cleanup.policy", ["delete"], Medium).OneOf("compact", "delete").ClusterWide().Acts(),
        String("log.dir", "/tmp/kafka-logs", High).Acts(),
        Long("log.dir.failure.timeout.ms", 30_000, Low).AtLeast(1),
        String("log.dirs", null, High).Acts(),
        Boolean("log.dirs.adopt", false, Medium).Own().Acts(),
        Long("log.flush.interval.messages", long.MaxValue, High).AtLeast(1).ClusterWide().Acts(),
        Long("log.flush.interval.ms", null, High).ClusterWide().Acts(),
        Int("log.flush.offset.checkpoint.interval.ms", 60_000, High).AtLeast(0).Acts(),
        Long("log.flush.scheduler.interval.ms", long.MaxValue, High).Acts(),
        Int("log.flush.start.offset.checkpoint.interval.ms", 60_000, High).AtLeast(0).Acts(),
        Int("log.index.interval.bytes", 4096, Medium).AtLeast(0).ClusterWide().Acts(),
        Int("log.index.size.max.bytes", 10_485_760, Medium).AtLeast(4).ClusterWide().Acts(),
        Long("log.initial.task.delay.ms", 30_000, Low).AtLeast(0).Internal(),
        Boolean("log.message.downconversion.enable", true, Low).ClusterWide().Acts(),
        String("log.message.format.version", "3.0-IV1", Medium).VersionOf(MetadataVersion.Names).NotNeeded(),
        Long("log.message.timestamp.after.max.ms", long.MaxValue, Medium).AtLeast(0).ClusterWide().Acts(),
        Long("log.message.timestamp.before.max.ms", long.MaxValue, Medium).AtLeast(0).ClusterWide().Acts(),
        Long("log.message.timestamp.difference.max.ms", long.MaxValue, Medium).AtLeast(0).ClusterWide().Acts(),
        String("log.message.timestamp.type", "CreateTime", Medium).OneOf("CreateTime", "LogAppendTime").ClusterWide().Acts(),
        Boolean("log.preallocate", false, Medium).ClusterWide().Acts(),
        Long("log.retention.bytes", -1, High).ClusterWide().Acts(),
        Long("log.retention.check.interval.ms", 300_000, Medium).AtLeast(1).Acts(),
        Int("log.retention.hours", 168, High).Acts(),
        Int("log.retention.minutes", null, High).Acts(),
        Long("log.retention.ms", null, High).ClusterWide().Acts(),
        Int("log.roll.hours", 168, High).AtLeast(1).Acts(),
        Int("log.roll.jitter.hours", 0, High).AtLeast(0).Acts(),
        Long("log.roll.jitter.ms", null, High).ClusterWide().Acts(),
        Long("log.roll.ms", null, High).ClusterWide().Acts(),
        Int("log.segment.bytes", 1_073_741_824, High).AtLeast(14).ClusterWide().Acts(),
        Long("log.segment.delete.delay.ms", 60_000, High).AtLeast(0).ClusterWide().Acts(),
        Int("message.max.bytes", 1_048_588, High).AtLeast(0).ClusterWide().Acts(),
        Int("num.recovery.threads.per.data.dir", 1, High).AtLeast(1).ClusterWide().Acts(),
        Int("num.replica.alter.log.dirs.threads", null, High).NotNeeded(),
    ];
}
