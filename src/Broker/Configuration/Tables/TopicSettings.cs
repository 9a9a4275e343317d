using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>Settings of one topic, each with the broker settings that stand in for it.</summary>
internal static class TopicSettings
{
    public static readonly ConfigKey[] Rows =
    [
        List("cleanup.policy", ["delete"], Medium).OneOf("compact", "delete").FallsBackTo("log.cleanup.policy").Acts(),
        Int("compression.gzip.level", -1, Medium).BetweenOr(1, 9, -1).FallsBackTo("compression.gzip.level").Acts(),
        Int("compression.lz4.level", 9, Medium).Between(1, 17).FallsBackTo("compression.lz4.level").Acts(),
        String("compression.type", "producer", Medium).OneOf(
            "uncompressed", "zstd", "lz4", "snappy", "gzip", "producer").FallsBackTo("compression.type").Acts(),
        Int("compression.zstd.level", 3, Medium).Between(-131_072, 22).FallsBackTo("compression.zstd.level").Acts(),
        Long("delete.retention.ms", 86_400_000, Medium).AtLeast(0).FallsBackTo("log.cleaner.delete.retention.ms").Acts(),
        Long("file.delete.delay.ms", 60_000, Medium).AtLeast(0).FallsBackTo("log.segment.delete.delay.ms").Acts(),
        Long("flush.messages", long.MaxValue, Medium).AtLeast(1).FallsBackTo("log.flush.interval.messages").Acts(),
        Long(
            "flush.ms", long.MaxValue,
            Medium).AtLeast(0).FallsBackTo("log.flush.interval.ms").FallsBackTo("log.flush.scheduler.interval.ms").Acts(),
        List("follower.replication.throttled.replicas", [], Medium).ThrottledReplicas().Acts(),
        Int("index.interval.bytes", 4096, Medium).AtLeast(0).FallsBackTo("log.index.interval.bytes").Acts(),
        List("leader.replication.throttled.replicas", [], Medium).ThrottledReplicas().Acts(),
        Long("local.retention.bytes", -2, Medium).AtLeast(-2).FallsBackTo("log.local.retention.bytes"),
        Long("local.retention.ms", -2, Medium).AtLeast(-2).FallsBackTo("log.local.retention.ms"),
        Long("max.compaction.lag.ms", long.MaxValue, Medium).AtLeast(1).FallsBackTo("log.cleaner.max.compaction.lag.ms").Acts(),
        Int("max.message.bytes", 1_048_588, Medium).AtLeast(0).FallsBackTo("message.max.bytes").Acts(),
        Boolean("message.downconversion.enable", true, Low).FallsBackTo("log.message.downconversion.enable").Acts(),
        String(
            "message.format.version", "3.0-IV1",
            Medium).VersionOf(MetadataVersion.Names).FallsBackTo("log.message.format.version").NotNeeded(),
        Long("message.timestamp.after.max.ms", long.MaxValue, Medium).AtLeast(0).FallsBackTo("log.message.timestamp.after.max.ms").Acts(),
        Long("message.timestamp.before.max.ms", long.MaxValue, Medium).AtLeast(0).FallsBackTo("log.message.timestamp.before.max.ms").Acts(),
        Long(
            "message.timestamp.difference.max.ms", long.MaxValue,
            Medium).AtLeast(0).FallsBackTo("log.message.timestamp.difference.max.ms").Acts(),
        String(
            "message.timestamp.type", "CreateTime",
            Medium).OneOf("CreateTime", "LogAppendTime").FallsBackTo("log.message.timestamp.type").Acts(),
        Double("min.cleanable.dirty.ratio", 0.5, Medium).Between(0, 1).FallsBackTo("log.cleaner.min.cleanable.ratio").Acts(),
        Long("min.compaction.lag.ms", 0, Medium).AtLeast(0).FallsBackTo("log.cleaner.min.compaction.lag.ms").Acts(),
        Int("min.insync.replicas", 1, Medium).AtLeast(1).FallsBackTo("min.insync.replicas").Acts(),
        Boolean("preallocate", false, Medium).FallsBackTo("log.preallocate").Acts(),
        Boolean("remote.log.copy.disable", false, Medium),
        Boolean("remote.log.delete.on.disable", false, Medium),
        Boolean("remote.storage.enable", false, Medium).Refused("remote storage is not built yet"),
        Long("retention.bytes", -1, Medium).FallsBackTo("log.retention.bytes").Acts(),
        Long("retention.ms", 604_800_000, Medium).AtLeast(-1).FallsBackTo("log.retention.ms")
                .FallsBackToMinutes("log.retention.minutes").FallsBackToHours("log.retention.hours").Acts(),
        Int("segment.bytes", 1_073_741_824, Medium).AtLeast(14).FallsBackTo("log.segment.bytes").Acts(),
        Int("segment.index.bytes", 10_485_760, Medium).AtLeast(4).FallsBackTo("log.index.size.max.bytes").Acts(),
        Long("segment.jitter.ms", 0, Medium).AtLeast(0).FallsBackTo("log.roll.jitter.ms").FallsBackToHours("log.roll.jitter.hours").Acts(),
        Long("segment.ms", 604_800_000, Medium).AtLeast(1).FallsBackTo("log.roll.ms").FallsBackToHours("log.roll.hours").Acts(),
        Boolean("unclean.leader.election.enable", false, Medium).FallsBackTo("unclean.leader.election.enable").Acts(),
    ];
}
