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

        follower.RecordFetch(10, 0, leaderLogEndOffset: 10, Start + Lag);

        Assert.Equal((10, Start + Lag), (follower.LogEndOffset, follower.LastCaughtUp));
    }

    [Fact]
    public void Follower_that_asks_for_what_was_the_end_at_its_previous_fetch_was_caught_up_then()
    {
        var follower = new FollowerState(new BrokerId(2), isInIsr: false, Start);
        var second = TimeSpan.FromSeconds(1);

        follower.RecordFetch(0, 0, leaderLogEndOffset: 10, Start + second);
        Assert.Equal(default, follower.LastCaughtUp);
        follower.RecordFetch(10, 0, leaderLogEndOffset: 20, Start + 2 * second);

        Assert.Equal(Start + second, follower.LastCaughtUp);
    }
}
