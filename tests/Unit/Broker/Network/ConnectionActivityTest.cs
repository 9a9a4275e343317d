using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class ConnectionActivityTest
{
    private readonly SimWorld world = new(1);
    private readonly ConnectionActivity activity;

    public ConnectionActivityTest() => activity = new ConnectionActivity(maxIdleMs: 60_000, world.Time);

    [Fact]
    public void A_quiet_connection_is_idle_only_when_nothing_is_done_for_it()
    {
        Assert.False(IsIdleAfter(seconds: 1));
        Assert.False(IsIdleAfter(seconds: 59));
        Assert.False(IsIdleAfter(seconds: 59, isBusy: true));
        Assert.False(IsIdleAfter(seconds: 59));
        Assert.True(IsIdleAfter(seconds: 2));
        activity.OnActivity();
        Assert.False(IsIdleAfter(seconds: 0));
    }

    [Fact]
    public void A_negative_time_makes_no_connection_idle()
    {
        var never = new ConnectionActivity(maxIdleMs: -1, world.Time);
        never.IsIdle(isBusy: false);
        world.Advance(TimeSpan.FromDays(1));
        Assert.False(never.IsIdle(isBusy: false));
    }

    [Fact]
    public void A_connection_was_last_used_at_the_check_after_its_last_activity()
    {
        var made = activity.LastUsedTimestamp;
        IsIdleAfter(seconds: 5);
        var first = activity.LastUsedTimestamp;
        IsIdleAfter(seconds: 5);
        Assert.Equal(first, activity.LastUsedTimestamp);
        activity.OnActivity();
        IsIdleAfter(seconds: 5);
        Assert.Equal(
            [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15)],
            [world.Time.GetElapsedTime(made, first), world.Time.GetElapsedTime(made, activity.LastUsedTimestamp)]);
    }

    /// <summary>What a check says when so much time has passed.</summary>
    private bool IsIdleAfter(double seconds, bool isBusy = false)
    {
        world.Advance(TimeSpan.FromSeconds(seconds));
        return activity.IsIdle(isBusy);
    }
}
