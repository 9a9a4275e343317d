namespace KafkaCompatBroker.Tests.Histories;

/// <summary>
/// Finds in what clients did and saw what a Kafka must not do, without looking at the broker: acknowledged records that are lost, records
/// that are doubled, out of order or at two places, readers that miss something or go back, transactions that are torn or seen too early,
/// and what may not be read at all. Records are neither compacted nor deleted meanwhile.
/// </summary>
public static class HistoryCheck
{
    /// <param name="events">Those of one client in the order in which they happened to it.</param>
    /// <param name="isWhole">
    /// Whether readers have come to the ends of all partitions, so that an acknowledged record that nobody has read is an anomaly. Before
    /// that it is one only if a reader has come past it.
    /// </param>
    /// <returns>By partitions, then by transactions, each with an example; empty when all is right.</returns>
    public static IReadOnlyList<Anomaly> Anomalies(IEnumerable<HistoryEvent> events, bool isWhole)
    {
        var all = events.ToList();
        var transactions = new TransactionView(all);
        return
        [
            .. all.OfType<PartitionEvent>().GroupBy(happened => happened.Partition).SelectMany(
                partition => new PartitionView(partition.Key, partition, transactions.IsCommitted).Anomalies(isWhole)),
            .. transactions.Anomalies(isWhole),
        ];
    }
}
