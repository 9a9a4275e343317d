using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.Topics;

public sealed class AutoCreationRateTest
{
    private readonly SimWorld world = new(1);

    [Fact]
    public void So_many_are_made_at_once_and_then_so_many_a_second_however_long_none_was()
    {
        var rate = new AutoCreationRate(world.Time);
        Assert.Equal(Limits.AutoCreatedTopicsAtOnce, Taken(rate));
        world.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2 * Limits.AutoCreatedTopicsPerSecond, Taken(rate));
        world.Advance(TimeSpan.FromHours(10));
        Assert.Equal(Limits.AutoCreatedTopicsAtOnce, Taken(rate));
    }

    private static int Taken(AutoCreationRate rate)
    {
        var taken = 0;
        while (taken < 100_000 && rate.TryTake())
            taken++;
        return taken;
    }
}
