using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class LargeRequestTurnsTest
{
    private readonly SimWorld world = new(7);
    private readonly List<string> called = [];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(16, 8)]
    public void Half_of_the_processors_are_left_to_small_requests(int processors, int count)
        => Assert.Equal(count, LargeRequestTurns.CountFor(processors));

    [Fact]
    public void So_many_begin_at_once_and_the_others_in_the_order_in_which_they_came()
    {
        var turns = new LargeRequestTurns(2);
        Assert.True(turns.TryTake(Call("a")));
        Assert.True(turns.TryTake(Call("b")));
        Assert.False(turns.TryTake(Call("c")));
        Assert.False(turns.TryTake(Call("d")));
        world.RunUntilIdle();
        Assert.Empty(called);
        turns.End();
        world.RunUntilIdle();
        Assert.Equal(["c"], called);
        turns.End();
        world.RunUntilIdle();
        Assert.Equal(["c", "d"], called);
        Assert.False(turns.TryTake(Call("e")));
    }

    [Fact]
    public void A_turn_that_ends_with_nobody_waiting_is_free()
    {
        var turns = new LargeRequestTurns(1);
        Assert.True(turns.TryTake(Call("a")));
        turns.End();
        Assert.True(turns.TryTake(Call("b")));
        Assert.False(turns.TryTake(Call("c")));
    }

    private LoopCall Call(string name) => new(world.Loops.Create(name), () => called.Add(name));
}
