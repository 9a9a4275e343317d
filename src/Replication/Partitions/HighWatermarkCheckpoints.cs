using System.Collections.Concurrent;
using KafkaCompatBroker.Storage.Dirs;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>
/// The high watermarks in <c>replication-offset-checkpoint</c> of each log dir: read once at the start, written from time to time. They are
/// only a hint for the next start. Those of partitions that no controller has spoken of yet are kept as they were. Changed on the replicas'
/// loop alone, read on any thread. A failed disk operation is thrown.
/// </summary>
internal sealed class HighWatermarkCheckpoints(LogDirs logDirs, ILoop loop)
{
    private readonly ConcurrentDictionary<TopicPartition, long> offsets = new();
    private bool isWritten = true;

    /// <summary>0 when there is none.</summary>
    public long Of(TopicPartition name) => offsets.GetValueOrDefault(name);

    /// <summary>Before the first partition asks.</summary>
    public void Read()
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var (name, offset) in logDirs.ReadHighWatermarks())
            offsets[name] = offset;
    }

    public void Forget(TopicPartition name)
    {
        Invariant.Holds(loop.IsCurrent);
        isWritten &= !offsets.TryRemove(name, out _);
    }

    /// <summary>Writes the files, unless nothing has changed since.</summary>
    public void Write(IEnumerable<Partition> partitions)
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var partition in partitions)
            Look(partition);
        if (isWritten)
            return;
        logDirs.WriteHighWatermarks(offsets);
        isWritten = true;
    }

    /// <summary>Writes the file of the dir that the partition's copy is in, so that the copy can be its log at the next start.</summary>
    public void WriteForCopyOf(Partition partition)
    {
        Look(partition);
        logDirs.Futures.WriteHighWatermarks(partition.Name, offsets);
    }

    private void Look(Partition partition)
    {
        Invariant.Holds(loop.IsCurrent);
        var snapshot = partition.Snapshot;
        if (snapshot.Leadership.Log is null || (offsets.TryGetValue(partition.Name, out var known) && known == snapshot.HighWatermark))
            return;
        offsets[partition.Name] = snapshot.HighWatermark;
        isWritten = false;
    }
}
