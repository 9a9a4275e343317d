using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Tests.Unit.Replication.Leading;

public sealed class ReplicaProgressTest : ILiveBrokers
{
    private static readonly BrokerId One = new(1), Two = new(2), Three = new(3);
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch + TimeSpan.FromDays(1);
    private readonly HashSet<BrokerId> dead = [];

    public bool IsLive(BrokerId broker) => !dead.Contains(broker);

    [Fact]
    public void High_watermark_is_the_least_end_of_the_in_sync_replicas()
    {
        var replicas = Progress(isr: [One, Two, Three]);
        Fetched(replicas, Two, 7);
        Fetched(replicas, Three, 5);

        Assert.Equal(5, HighWatermark(replicas, current: 0, logEndOffset: 10));
    }

    [Fact]
    public void Follower_in_the_isr_that_has_not_fetched_yet_holds_the_high_watermark()
        => Assert.Equal(3, HighWatermark(Progress(isr: [One, Two]), current: 3, logEndOffset: 10));

    [Fact]
    public void High_watermark_never_goes_back()
    {
        var replicas = Progress(isr: [One, Two]);
        Fetched(replicas, Two, 4);

        Assert.Equal(6, HighWatermark(replicas, current: 6, logEndOffset: 10));
    }

    [Fact]
    public void Leader_counts_with_what_it_has_flushed_and_followers_are_measured_by_its_log()
    {
        var replicas = Progress(isr: [One]);
        Fetched(replicas, Two, 8, leaderLogEndOffset: 8);

        Assert.Equal(6, HighWatermark(replicas, current: 0, logEndOffset: 8, acknowledgeableOffset: 6));
        Assert.Equal(8, HighWatermark(replicas, current: 0, logEndOffset: 10, acknowledgeableOffset: 9));
    }

    [Fact]
    public void Replica_outside_of_the_isr_does_not_hold_the_high_watermark()
        => Assert.Equal(10, HighWatermark(Progress(isr: [One]), current: 0, logEndOffset: 10));

    [Fact]
    public void Live_replica_that_is_about_to_join_the_isr_holds_the_high_watermark_and_a_dead_one_does_not()
    {
        var replicas = Progress(isr: [One]);
        // It asks for the leader's end, so it is caught up, and then the leader's log grows.
        Fetched(replicas, Two, 8, leaderLogEndOffset: 8);

        Assert.Equal(8, HighWatermark(replicas, current: 0, logEndOffset: 10));
        dead.Add(Two);
        Assert.Equal(10, HighWatermark(replicas, current: 0, logEndOffset: 10));
    }

    [Fact]
    public void Replica_whose_addition_is_not_committed_yet_holds_the_high_watermark()
    {
        var replicas = Progress(isr: [One]);
        replicas.Isr = replicas.Isr.WithPendingAddition(Three);

        Assert.Equal(0, HighWatermark(replicas, current: 0, logEndOffset: 10));
    }

    [Fact]
    public void High_watermark_stands_still_while_the_isr_is_below_the_minimum()
    {
        var replicas = Progress(isr: [One]);

        Assert.Equal(2, HighWatermark(replicas, current: 2, logEndOffset: 10, minInSyncReplicas: 2));
        Assert.True(replicas.IsBelowMinIsr(2));
    }

    [Fact]
    public void Minimum_above_the_number_of_replicas_asks_for_all_of_them()
    {
        var replicas = Progress(isr: [One, Two, Three]);

        Assert.Equal(3, replicas.EffectiveMinIsr(5));
        Assert.False(replicas.IsBelowMinIsr(5));
    }

    [Fact]
    public void Leader_and_strangers_are_no_followers()
    {
        var replicas = Progress(isr: [One, Two]);

        Assert.Null(replicas.Follower(One));
        Assert.Null(replicas.Follower(new BrokerId(9)));
        Assert.Equal(Two, replicas.Follower(Two)!.Broker);
    }

    private static ReplicaProgress Progress(BrokerId[] isr)
        => new(One, [One, Two, Three], new Isr(isr), Now);

    private static void Fetched(ReplicaProgress replicas, BrokerId follower, long offset, long leaderLogEndOffset = 10)
        => Assert.True(replicas.Follower(follower)!.TryRecord(
            new FollowerFetch(follower, BrokerEpoch.Unknown, new LeaderEpoch(0), offset, 0, leaderLogEndOffset, Now)));

    private long HighWatermark(
        ReplicaProgress replicas, long current, long logEndOffset, int minInSyncReplicas = 1, long? acknowledgeableOffset = null)
        => replicas.HighWatermark(
            current, logEndOffset, acknowledgeableOffset ?? logEndOffset,
            new HighWatermarkConditions(minInSyncReplicas, Now, TimeSpan.FromSeconds(30), this));
}
