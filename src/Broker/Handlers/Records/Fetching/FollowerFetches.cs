using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Quotas;

namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>The fetches of followers among those of consumers: who they are, and what their leaders learn from them.</summary>
internal static class FollowerFetches
{
    /// <summary>The replica that fetches, to copy; null for a consumer. Negative numbers are consumers and tools.</summary>
    public static BrokerId? ReplicaOf(FetchRequest request)
    {
        var id = request.ReplicaStates ? request.ReplicaState.ReplicaId : request.ReplicaId;
        return id >= 0 ? new BrokerId(id) : null;
    }

    /// <summary>Counts what followers are given of partitions whose leaders have a quota.</summary>
    public static void Count(FetchReads reads, ReplicationThrottle throttle)
    {
        var bytes = 0L;
        foreach (var read in reads.All)
        {
            if (read.Outcome is { Length: > 0, Snapshot.Leadership.Log: { } log } && throttle.Counts(read.Partition!.Name, log.Config))
                bytes += read.Outcome.Length;
        }
        throttle.Quota.Record(bytes);
    }

    /// <summary>
    /// Tells each partition how far the follower is there: that it asks for an offset shows that it has all before. Not where the read was
    /// refused or the logs diverge, because then it has something else.
    /// </summary>
    public static void Record(FetchRequest request, BrokerId replica, FetchedPartition[] partitions, FetchReads reads)
    {
        var brokerEpoch = request.ReplicaStates ? new BrokerEpoch(request.ReplicaState.ReplicaEpoch) : BrokerEpoch.Unknown;
        for (var index = 0; index < partitions.Length; index++)
        {
            var outcome = reads.All[index].Outcome;
            if (outcome is not { Error: KafkaError.None, Diverging: null, Snapshot: { } read })
                continue;
            reads.All[index].Partition!.Record(new FollowerFetch(
                replica, brokerEpoch, read.Leadership.LeaderEpoch, partitions[index].FetchOffset, partitions[index].LogStartOffset,
                read.LogEndOffset, reads.Time));
        }
    }
}
