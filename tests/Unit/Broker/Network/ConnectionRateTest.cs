using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class ConnectionRateTest
{
    private const int PerSecond = 5;

    private readonly SimWorld world = new(1);
    private readonly ConnectionRate rate;

    public ConnectionRateTest() => rate = new ConnectionRate(world.Time, TimeSpan.FromSeconds(1), 11);

    [Fact]
    public void As_many_as_come_in_all_samples_may_come_at_once_and_those_beyond_wait()
    {
        for (var count = 0; count < 50; count++)
            Assert.Equal(TimeSpan.Zero, rate.Record(PerSecond));
        // 51 in 10 s are 5.1 a second, a fiftieth too many.
        Assert.Equal(0.2, rate.Record(PerSecond).TotalSeconds, precision: 3);
        Assert.Equal(0.4, rate.Record(PerSecond).TotalSeconds, precision: 3);
        for (var count = 0; count < 20; count++)
            rate.Record(PerSecond);
        Assert.Equal(TimeSpan.FromSeconds(1), rate.Record(PerSecond));
    }

    [Fact]
    public void Those_who_wait_as_long_as_they_are_told_come_at_the_rate()
    {
        for (var count = 0; count < 100; count++)
            world.Advance(rate.Record(PerSecond));
        var begin = world.Time.GetTimestamp();
        for (var count = 0; count < 100; count++)
            world.Advance(rate.Record(PerSecond));
        Assert.InRange(100 / world.Time.GetElapsedTime(begin).TotalSeconds, 4.5, 5.5);
    }

    [Fact]
    public void What_came_before_the_samples_does_not_count_and_a_bound_can_be_any()
    {
        for (var count = 0; count < 60; count++)
            rate.Record(int.MaxValue);
        Assert.True(rate.Record(PerSecond) > TimeSpan.Zero);
        world.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(TimeSpan.Zero, rate.Record(PerSecond));
        Assert.Equal(TimeSpan.FromSeconds(1), rate.Record(0));
    }
}
