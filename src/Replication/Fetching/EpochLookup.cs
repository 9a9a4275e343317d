using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>Finds where a leader epoch ended, from one snapshot of a partition and on any thread.</summary>
public static class EpochLookup
{
    /// <summary>Where the epoch ended in the leader's log; undefined when this log does not know. KIP-101.</summary>
    /// <param name="known">The leader epoch the reader believes in; Unknown is not compared. KIP-320.</param>
    public static KafkaError FindEndOf(this Partition partition, LeaderEpoch epoch, LeaderEpoch known, out EpochEndOffset end)
    {
        end = EpochEndOffset.Undefined;
        var snapshot = partition.Snapshot;
        if (snapshot.CheckReadable(known, leaderOnly: true) is var refused and not KafkaError.None)
            return refused;
        end = snapshot.Leadership.Log!.LeaderEpochs.EndOffsetFor(epoch, snapshot.LogEndOffset);
        return KafkaError.None;
    }
}
