using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Cleaning;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// The logs of leaders and followers as the cleaner has them, which come to it from any loop: by the partitions' snapshots, and for what
/// changes a log through the partition's loop.
/// </summary>
internal sealed class CleanedReplicas(HostedPartitions partitions, Func<Task> writeCleanerOffsets) : ICleanedLogs
{
    public IReadOnlyList<ICleanedLog> All()
    {
        var all = new List<ICleanedLog>();
        foreach (var partition in partitions.All)
        {
            if (partition.Snapshot.Leadership.Log is { Config.IsCompacted: true } log)
                all.Add(new Cleaned(partition, log));
        }
        return all;
    }

    public Task WriteCleanerOffsets() => writeCleanerOffsets();

    private sealed class Cleaned(Partition partition, ReadOnlyLog log) : ICleanedLog
    {
        public ReadOnlyLog Log => log;

        public long LastStableOffset => partition.Snapshot.LastStableOffset;

        public Task<T?> Change<T>(Func<PartitionLog, T> work) => partition.ChangeLog(log, work);

        public void DiskFailed(DiskError error) => partition.ReadFailed(log, error);
    }
}
