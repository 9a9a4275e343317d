namespace KafkaCompatBroker.Replication.Leading;

/// <summary>One fetch of a follower as its leader takes it in.</summary>
/// <param name="BrokerEpoch">The registration of the follower's broker that has sent it; Unknown from one that does not say.</param>
/// <param name="LeaderEpoch">The epoch in which this broker led when it read; the fetch says nothing about any other.</param>
/// <param name="LeaderLogEndOffset">The leader's, before it read.</param>
/// <param name="Time">When it came.</param>
public readonly record struct FollowerFetch(
    BrokerId Replica,
    BrokerEpoch BrokerEpoch,
    LeaderEpoch LeaderEpoch,
    long FetchOffset,
    long LogStartOffset,
    long LeaderLogEndOffset,
    DateTimeOffset Time);

/// <summary>A follower's fetch on its way to the partition's loop.</summary>
internal sealed class FollowerFetchWork(ILedPartition partition, FollowerFetch fetch) : ILoopWork
{
    public void Run() => partition.Record(fetch);
}
