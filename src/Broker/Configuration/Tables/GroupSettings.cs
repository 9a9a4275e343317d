using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>Groups and their committed offsets.</summary>
internal static class GroupSettings
{
    public static readonly ConfigKey[] Rows =
    [
        List(
            "group.consumer.assignors",
            ["org.apache.kafka.coordinator.group.assignor.UniformAssignor", "org.apache.kafka.coordinator.group.assignor.RangeAssignor"],
            Medium),
        Int("group.consumer.heartbeat.interval.ms", 5000, Medium).AtLeast(1),
        Int("group.consumer.max.heartbeat.interval.ms", 15_000, Medium).AtLeast(1),
        Int("group.consumer.max.session.timeout.ms", 60_000, Medium).AtLeast(1),
        Int("group.consumer.max.size", int.MaxValue, Medium).AtLeast(1),
        String(
            "group.consumer.migration.policy", "disabled",
            Medium).OneOfIgnoringCase("DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL").Internal(),
        Int("group.consumer.min.heartbeat.interval.ms", 5000, Medium).AtLeast(1),
        Int("group.consumer.min.session.timeout.ms", 45_000, Medium).AtLeast(1),
        Int("group.consumer.session.timeout.ms", 45_000, Medium).AtLeast(1),
        Int("group.coordinator.append.linger.ms", 10, Medium).AtLeast(0),
        Boolean("group.coordinator.new.enable", false, Medium).Internal(),
        List("group.coordinator.rebalance.protocols", ["classic"], Medium).OneOf("consumer", "classic", "share", "unknown"),
        Int("group.coordinator.threads", 1, Medium).AtLeast(1).NotNeeded(),
        Int("group.initial.rebalance.delay.ms", 3000, Medium).Acts(),
        Int("group.max.session.timeout.ms", 1_800_000, Medium).Acts(),
        Int("group.max.size", int.MaxValue, Medium).AtLeast(1).Acts(),
        Int("group.min.session.timeout.ms", 6000, Medium).Acts(),
        Int("group.share.delivery.count.limit", 5, Medium).Between(2, 10),
        Boolean("group.share.enable", false, Medium).Internal(),
        Int("group.share.heartbeat.interval.ms", 5000, Medium).AtLeast(1),
        Short("group.share.max.groups", 10, Medium).Between(1, 100),
        Int("group.share.max.heartbeat.interval.ms", 15_000, Medium).AtLeast(1),
        Int("group.share.max.record.lock.duration.ms", 60_000, Medium).Between(30_000, 3_600_000),
        Int("group.share.max.session.timeout.ms", 60_000, Medium).AtLeast(1),
        Short("group.share.max.size", 200, Medium).Between(10, 1000),
        Int("group.share.min.heartbeat.interval.ms", 5000, Medium).AtLeast(1),
        Int("group.share.min.record.lock.duration.ms", 15_000, Medium).Between(1000, 30_000),
        Int("group.share.min.session.timeout.ms", 45_000, Medium).AtLeast(1),
        Int("group.share.partition.max.record.locks", 200, Medium).Between(100, 10_000),
        Int("group.share.record.lock.duration.ms", 30_000, Medium).Between(1000, 60_000),
        Int("group.share.session.timeout.ms", 45_000, Medium).AtLeast(1),
        Int("offset.metadata.max.bytes", 4096, High).Acts(),
        Short("offsets.commit.required.acks", -1, High).NotNeeded(),
        Int("offsets.commit.timeout.ms", 5000, High).AtLeast(1).Acts(),
        Int("offsets.load.buffer.size", 5_242_880, High).AtLeast(1).Acts(),
        Long("offsets.retention.check.interval.ms", 600_000, High).AtLeast(1).Acts(),
        Int("offsets.retention.minutes", 10_080, High).AtLeast(1).Acts(),
        Int("offsets.topic.compression.codec", 0, High),
        Int("offsets.topic.num.partitions", 50, High).AtLeast(1).Acts(),
        Short("offsets.topic.replication.factor", 3, High).AtLeast(1).Acts(),
        Int("offsets.topic.segment.bytes", 104_857_600, High).AtLeast(1).Acts(),
    ];
}
