using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Kernel.Seams;

public sealed class LoopTurnsTest
{
    [Fact]
    public void Code_runs_on_the_loop_one_piece_after_the_other_whatever_it_awaits_or_throws()
    {
        var world = new SimWorld(1);
        var loop = world.Loops.Create("loop");
        var turns = new LoopTurns(loop);
        var order = new List<string>();
        var slow = turns.InTurn(async () =>
        {
            order.Add("slow begins");
            await world.Pass(TimeSpan.FromSeconds(1));
            Assert.True(loop.IsCurrent);
            order.Add("slow ends");
            return 1;
        });
        var failing = turns.InTurn<int>(() => throw new InvalidOperationException("a bug"));
        var last = turns.InTurn(() =>
        {
            order.Add("last");
            return Task.FromResult(3);
        });
        Assert.Equal(3, world.Await(last));
        Assert.Equal(1, world.Await(slow));
        Assert.Throws<InvalidOperationException>(() => world.Await(failing));
        Assert.Equal(["slow begins", "slow ends", "last"], order);
    }
}
