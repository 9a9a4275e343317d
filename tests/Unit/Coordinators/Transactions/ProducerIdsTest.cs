using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Transactions;

/// <summary>KIP-730.</summary>
public class ProducerIdsTest
{
    private readonly SimWorld world = new(1);
    private readonly List<TaskCompletionSource<ProducerIdBlock?>> asked = [];
    private readonly ProducerIds ids;

    public ProducerIdsTest()
        => ids = new ProducerIds(
            world.Loops.Create("producer-ids"), () =>
            {
                asked.Add(new TaskCompletionSource<ProducerIdBlock?>(TaskCreationOptions.RunContinuationsAsynchronously));
                return asked[^1].Task;
            },
            NoLog.Instance);

    [Fact]
    public void Producers_that_wait_are_served_in_their_order_from_one_block()
    {
        var waiting = new[] { ids.Next(), ids.Next(), ids.Next() };
        world.RunUntilIdle();
        Assert.DoesNotContain(waiting, id => id.IsCompleted);
        Give(new ProducerIdBlock(1000, 1999));
        Assert.Equal([1000L, 1001, 1002], waiting.Select(Now));
        Assert.Single(asked);
    }

    [Fact]
    public void Next_block_is_asked_for_when_nine_tenths_are_given_out_and_taken_up_when_all_are()
    {
        _ = ids.Next();
        world.RunUntilIdle();
        Give(new ProducerIdBlock(0, 999));
        for (var id = 1; id < 899; id++)
            Assert.Equal(id, Now(ids.Next()));
        Assert.Single(asked);
        Assert.Equal(899, Now(ids.Next()));
        Assert.Equal(2, asked.Count);
        Give(new ProducerIdBlock(7000, 7999));
        for (var id = 900; id < 1000; id++)
            Assert.Equal(id, Now(ids.Next()));
        Assert.Equal(7000, Now(ids.Next()));
        Assert.Equal(2, asked.Count);
    }

    [Fact]
    public void All_who_wait_hear_that_no_block_can_be_had_and_the_next_one_asks_again()
    {
        var waiting = new[] { ids.Next(), ids.Next() };
        world.RunUntilIdle();
        Give(null);
        Assert.All(waiting, id => Assert.Null(Now(id)));
        _ = ids.Next();
        world.RunUntilIdle();
        Assert.Equal(2, asked.Count);
    }

    [Fact]
    public void Ids_are_taken_on_the_loop_only()
    {
        var loop = new InlineLoop { IsCurrent = false };
        var wrong = new ProducerIds(loop, () => Task.FromResult<ProducerIdBlock?>(null), NoLog.Instance);
        Assert.Throws<InvariantViolation>(() => { _ = wrong.Next(); });
    }

    private void Give(ProducerIdBlock? block)
    {
        asked[^1].SetResult(block);
        world.RunUntilIdle();
    }

    private long? Now(Task<long?> id)
    {
        world.RunUntilIdle();
        Assert.True(id.IsCompleted, "still waits");
        return id.GetAwaiter().GetResult();
    }
}
