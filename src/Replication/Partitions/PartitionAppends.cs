using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>Brings appends to a partition, from any thread.</summary>
public static class PartitionAppends
{
    /// <summary>
    /// Appends as leader. The bytes are changed in place (offsets, epoch) and not looked at after the append, even while the result still
    /// waits for the high watermark. Runs on the caller's thread when the partition is idle; with acks 1, or one replica, the result is
    /// then there at once.
    /// </summary>
    /// <param name="requiredAcks">−1 waits until all in-sync replicas have the records; 0 and 1 do not.</param>
    /// <param name="v2Only">Whether another record format is a broken request rather than one not served.</param>
    /// <param name="timeout">How long acks −1 may wait; then RequestTimedOut, with the records still in the log.</param>
    /// <param name="owner">Told when the records' memory is not needed any more; null waits for the outcome.</param>
    /// <param name="guard">Allows a transaction's first batch.</param>
    public static ValueTask<AppendOutcome> Append(
        this Partition partition, Memory<byte> records, AppendOrigin origin, short requiredAcks, bool v2Only, TimeSpan timeout,
        IRecordsOwner? owner = null, VerificationGuard? guard = null)
    {
        var append = AwaitedAppend.Take();
        append.Partition = partition;
        append.Records = records;
        append.RecordsOwner = owner;
        append.Origin = origin;
        append.RequiredAcks = requiredAcks;
        append.V2Only = v2Only;
        append.Guard = guard;
        append.Timeout = timeout;
        var task = append.Task;
        partition.Loop.RunOrPost(append);
        return task;
    }

    /// <summary>
    /// Appends with acks −1 for a coordinator: told of the append and then of the commit. Refused with NotLeaderOrFollower when this broker
    /// leads in another epoch. The guard allows a transaction's first batch.
    /// </summary>
    public static void Append(
        this Partition partition, Memory<byte> records, AppendOrigin origin, LeaderEpoch leaderEpoch, TimeSpan timeout,
        IAppendObserver observer, VerificationGuard? guard = null)
        => partition.Loop.RunOrPost(new ObservedAppend(observer)
        {
            Partition = partition,
            Records = records,
            Origin = origin,
            RequiredAcks = -1,
            V2Only = true,
            ExpectedLeaderEpoch = leaderEpoch,
            Guard = guard,
            Timeout = timeout,
        });
}
