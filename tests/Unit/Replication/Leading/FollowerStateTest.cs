using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Tests.Unit.Replication.Leading;

public sealed class FollowerStateTest
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(30);

    [Fact]
    public void Follower_in_the_isr_is_given_the_lag_time_to_begin_fetching()
    {
        var inIsr = new FollowerState(new BrokerId(2), isInIsr: true, Start);
        var outside = new FollowerState(new BrokerId(3), isInIsr: false, Start);

        Assert.True(inIsr.IsCaughtUp(100, Start + Lag, Lag));
        Assert.False(inIsr.IsCaughtUp(100, Start + Lag + TimeSpan.FromTicks(1), Lag));
        Assert.False(outside.IsCaughtUp(100, Start, Lag));
    }

    [Fact]
    public void Follower_that_asks_for_the_leaders_end_is_caught_up_now()
    {
        var follower = new FollowerState(new BrokerId(2), isInIsr: false, Start);

        Assert.True(follower.TryRecord(Fetch(10, leaderLogEndOffset: 10, Start + Lag)));

        Assert.Equal((10, Start + Lag), (follower.LogEndOffset, follower.LastCaughtUp));
    }

    [Fact]
    public void Follower_that_asks_for_what_was_the_end_at_its_previous_fetch_was_caught_up_then()
    {
        var follower = new FollowerState(new BrokerId(2), isInIsr: false, Start);
        var second = TimeSpan.FromSeconds(1);

        Assert.True(follower.TryRecord(Fetch(0, leaderLogEndOffset: 10, Start + second)));
        Assert.Equal(default, follower.LastCaughtUp);
        Assert.True(follower.TryRecord(Fetch(10, leaderLogEndOffset: 20, Start + 2 * second)));

        Assert.Equal(Start + second, follower.LastCaughtUp);
    }

    [Fact]
    public void Fetch_of_an_earlier_registration_of_its_broker_is_not_taken()
    {
        var follower = new FollowerState(new BrokerId(2), isInIsr: false, Start);
        Assert.True(follower.TryRecord(Fetch(5, 10, Start, brokerEpoch: 7)));

        Assert.False(follower.TryRecord(Fetch(10, 10, Start, brokerEpoch: 6)));

        Assert.Equal((5, default), (follower.LogEndOffset, follower.LastCaughtUp));
        Assert.True(follower.TryRecord(Fetch(6, 10, Start)));
        Assert.Equal(6, follower.LogEndOffset);
    }

    private static FollowerFetch Fetch(
        long offset, long leaderLogEndOffset, DateTimeOffset time, long brokerEpoch = -1)
        => new(new BrokerId(2), new BrokerEpoch(brokerEpoch), new LeaderEpoch(0), offset, 0, leaderLogEndOffset, time);
}
