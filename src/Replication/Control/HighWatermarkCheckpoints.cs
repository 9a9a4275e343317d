using System.Collections.Concurrent;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// The high watermarks in <c>replication-offset-checkpoint</c> of each log dir: read once at the start, written from time to time. Only a
/// hint for the next start. Those of partitions that no controller has spoken of yet are kept as they were. Written on the replicas' loop,
/// read on any.
/// </summary>
internal sealed class HighWatermarkCheckpoints(ReplicasSettings settings)
{
    private readonly ConcurrentDictionary<TopicPartition, long> offsets = new(settings.LogDirs.ReadHighWatermarks());
    private bool isWritten = true;

    /// <summary>0 when there is none.</summary>
    public long Of(TopicPartition name) => offsets.GetValueOrDefault(name);

    public void Forget(TopicPartition name) => isWritten &= !offsets.TryRemove(name, out _);

    /// <summary>Writes the files, unless nothing has changed since.</summary>
    public void Write(IEnumerable<Partition> partitions)
    {
        foreach (var partition in partitions)
        {
            var snapshot = partition.Snapshot;
            if (snapshot.Leadership.Log is null || (offsets.TryGetValue(partition.Name, out var known) && known == snapshot.HighWatermark))
                continue;
            offsets[partition.Name] = snapshot.HighWatermark;
            isWritten = false;
        }
        if (isWritten)
            return;
        settings.LogDirs.WriteHighWatermarks(offsets);
        isWritten = true;
    }
}
