using KafkaCompatBroker.Replication.Quotas;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Replication.Quotas;

public sealed class ReplicationQuotaTest
{
    private readonly SimWorld world = new(1);

    [Fact]
    public void It_is_exceeded_until_enough_time_has_passed_for_what_was_taken()
    {
        var quota = new ReplicationQuota(world.Loops.Time, TimeSpan.FromSeconds(1), 11) { BytesPerSecond = 1000 };
        Assert.False(quota.IsExceeded);
        quota.Record(3000);
        Assert.True(quota.IsExceeded);
        world.Advance(TimeSpan.FromSeconds(2.9));
        Assert.True(quota.IsExceeded);
        world.Advance(TimeSpan.FromSeconds(0.1));
        Assert.False(quota.IsExceeded);
        quota.Record(500);
        Assert.True(quota.IsExceeded);
        quota.BytesPerSecond = 5000;
        Assert.False(quota.IsExceeded);
        quota.BytesPerSecond = 0;
        Assert.True(quota.IsExceeded);
    }

    [Fact]
    public void What_was_taken_longer_ago_than_the_samples_reach_does_not_count()
    {
        var quota = new ReplicationQuota(world.Loops.Time, TimeSpan.FromSeconds(1), 3) { BytesPerSecond = 1 };
        quota.Record(1_000_000);
        world.Advance(TimeSpan.FromSeconds(2.9));
        Assert.True(quota.IsExceeded);
        world.Advance(TimeSpan.FromSeconds(0.1));
        Assert.False(quota.IsExceeded);
    }

    [Fact]
    public void Without_a_bound_it_is_never_exceeded()
    {
        var quota = new ReplicationQuota(world.Loops.Time, TimeSpan.FromSeconds(1), 11);
        quota.Record(long.MaxValue / 2);
        Assert.False(quota.IsExceeded);
    }
}
