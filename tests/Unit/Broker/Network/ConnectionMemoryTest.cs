using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class ConnectionMemoryTest
{
    private const int LimitBytes = 8_000_000, LargeFrameBytes = 1_000_000, SmallFrameBytes = 50_000;

    private readonly ConnectionMemory memory = new(LimitBytes, () => { });

    [Fact]
    public void The_last_eighth_is_kept_for_small_requests_and_for_brokers()
    {
        memory.Charge(LimitBytes / 8 * 7);
        Assert.Null(memory.TryRent(20_000, LargeFrameBytes, new Waiter(), isGrowth: false));
        Assert.NotNull(memory.TryRent(20_000, SmallFrameBytes, new Waiter(), isGrowth: false));
        Assert.NotNull(memory.TryRent(20_000, LargeFrameBytes, new Waiter { MayUseReserve = true }, isGrowth: false));
    }

    [Fact]
    public void A_frame_that_a_handler_has_is_in_use_and_not_held_by_the_peer()
    {
        var held = new HeldMemory(memory, new Waiter(), new SimWorld(1).Loops.Time);
        var array = held.TryRent(20_000, SmallFrameBytes, isGrowth: false)!;
        held.Publish();
        Assert.Equal(array.Length, held.Bytes);
        held.HandOver(new Frame(array, 20_000));
        held.Publish();
        Assert.Equal((0L, (long)array.Length), (held.Bytes, memory.UsedBytes));
    }

    [Fact]
    public void Who_waits_is_called_one_at_a_time_and_in_the_order_in_which_they_came_though_they_ask_again_and_again()
    {
        memory.Charge(LimitBytes);
        var waiters = Enumerable.Range(0, 3).Select(_ => new Waiter()).ToList();
        for (var times = 0; times < 5; times++)
            waiters.ForEach(waiter => Assert.Null(memory.TryRent(20_000, LargeFrameBytes, waiter, isGrowth: false)));
        memory.Uncharge(LimitBytes);
        Assert.Equal([1, 0, 0], waiters.Select(waiter => waiter.Calls));
        for (var times = 0; times < 5; times++)
            memory.CallNext();
        Assert.Equal([1, 1, 1], waiters.Select(waiter => waiter.Calls));
    }

    [Fact]
    public void One_that_may_go_on_is_called_before_those_for_whom_there_is_too_little()
    {
        memory.Charge(LimitBytes);
        Waiter large = new(), small = new();
        Assert.Null(memory.TryRent(20_000, LargeFrameBytes, large, isGrowth: false));
        Assert.Null(memory.TryRent(20_000, SmallFrameBytes, small, isGrowth: false));
        memory.Uncharge(1000);
        Assert.Equal((0, 1), (large.Calls, small.Calls));
        memory.Uncharge(LimitBytes / 8);
        Assert.Equal((1, 1), (large.Calls, small.Calls));
    }

    [Fact]
    public void One_that_waits_for_something_else_now_is_called_for_that()
    {
        memory.Charge(LimitBytes);
        var waiter = new Waiter();
        Assert.Null(memory.TryRent(20_000, LargeFrameBytes, waiter, isGrowth: false));
        Assert.Null(memory.TryRent(20_000, SmallFrameBytes, waiter, isGrowth: false));
        memory.Uncharge(1000);
        Assert.Equal(1, waiter.Calls);
    }

    [Fact]
    public void One_that_has_memory_now_or_is_gone_is_not_called()
    {
        memory.Charge(LimitBytes);
        Waiter served = new(), gone = new();
        Assert.Null(memory.TryRent(20_000, SmallFrameBytes, served, isGrowth: false));
        Assert.Null(memory.TryRent(20_000, SmallFrameBytes, gone, isGrowth: false));
        Assert.NotNull(memory.TryRent(20_000, SmallFrameBytes, served, isGrowth: true));
        memory.Forget(gone);
        memory.Uncharge(LimitBytes);
        Assert.Equal((0, 0), (served.Calls, gone.Calls));
    }

    [Fact]
    public void Of_those_that_hold_a_part_one_goes_beyond_the_limit_and_the_next_when_it_is_whole()
    {
        memory.Charge(LimitBytes);
        Waiter first = new(), second = new(), small = new();
        Assert.NotNull(memory.TryRent(20_000, LargeFrameBytes, first, isGrowth: true));
        Assert.Null(memory.TryRent(20_000, LargeFrameBytes, second, isGrowth: true));
        Assert.Null(memory.TryRent(20_000, SmallFrameBytes, small, isGrowth: true));
        memory.EndGrowth(first);
        Assert.Equal((0, 1), (second.Calls, small.Calls));
        Assert.NotNull(memory.TryRent(20_000, SmallFrameBytes, small, isGrowth: true));
        memory.EndGrowth(small);
        Assert.Equal((1, 1), (second.Calls, small.Calls));
    }

    private sealed class Waiter : IMemoryWaiter
    {
        public bool MayUseReserve { get; init; }

        public int Calls { get; private set; }

        public void MemoryReturned() => Calls++;
    }
}
