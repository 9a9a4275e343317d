using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>Transactions and producer ids. The first two are Kafka 4's.</summary>
internal static class TransactionSettings
{
    public static readonly ConfigKey[] Rows =
    [
        Int("add.partitions.to.txn.retry.backoff.max.ms", 100, High).AtLeast(0).Own().Acts(),
        Int("add.partitions.to.txn.retry.backoff.ms", 20, High).AtLeast(1).Own().Acts(),
        Int("producer.id.expiration.check.interval.ms", 600_000, Low).AtLeast(1).Internal().Acts(),
        Int("producer.id.expiration.ms", 86_400_000, Low).AtLeast(1).ClusterWide().Acts(),
        Int("transaction.abort.timed.out.transaction.cleanup.interval.ms", 10_000, Low).AtLeast(1).Acts(),
        Int("transaction.max.timeout.ms", 900_000, High).AtLeast(1).Acts(),
        Boolean("transaction.partition.verification.enable", true, Low).ClusterWide().Acts(),
        Int("transaction.remove.expired.transaction.cleanup.interval.ms", 3_600_000, Low).AtLeast(1).Acts(),
        Int("transaction.state.log.load.buffer.size", 5_242_880, High).AtLeast(1).Acts(),
        Int("transaction.state.log.min.isr", 2, High).AtLeast(1).Acts(),
        Int("transaction.state.log.num.partitions", 50, High).AtLeast(1).Acts(),
        Short("transaction.state.log.replication.factor", 3, High).AtLeast(1).Acts(),
        Int("transaction.state.log.segment.bytes", 104_857_600, High).AtLeast(1).Acts(),
        Int("transactional.id.expiration.ms", 604_800_000, High).AtLeast(1).Acts(),
    ];
}
