using KafkaCompatBroker.Broker.Network;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class ConnectionMemoryTest
{
    private const int LimitBytes = 8_000_000;

    private readonly ConnectionMemory memory = new(LimitBytes, new FrameBuffers(long.MaxValue), _ => { });

    [Fact]
    public void An_eighth_on_either_side_of_the_limit_is_kept_for_small_requests()
    {
        memory.Charge(LimitBytes / 8 * 7);
        Assert.Null(memory.TryRent(20_000, RequestSize.Large, new Waiter(), isGrowth: false));
        memory.Charge(LimitBytes / 8 * 2 - 1);
        Assert.NotNull(memory.TryRent(20_000, RequestSize.Small, new Waiter(), isGrowth: false));
        Assert.Null(memory.TryRent(20_000, RequestSize.Small, new Waiter(), isGrowth: false));
    }

    [Fact]
    public void Large_requests_leave_an_eighth_to_medium_ones_which_are_called_before_them()
    {
        Waiter large = new(), medium = new();
        memory.Charge(LimitBytes / 8 * 7);
        Assert.Null(memory.TryRent(20_000, RequestSize.Large, large, isGrowth: false));
        Assert.NotNull(memory.TryRent(LimitBytes / 8, RequestSize.Medium, medium, isGrowth: false));
        Assert.Null(memory.TryRent(20_000, RequestSize.Medium, medium, isGrowth: false));
        memory.Uncharge(LimitBytes / 8 * 7);
        Assert.Equal((0, 1), (large.Calls, medium.Calls));
    }

    [Fact]
    public void Who_waits_is_called_one_at_a_time_and_in_the_order_in_which_they_came_though_they_ask_again_and_again()
    {
        memory.Charge(LimitBytes);
        var waiters = Enumerable.Range(0, 3).Select(_ => new Waiter()).ToList();
        for (var times = 0; times < 5; times++)
            waiters.ForEach(waiter => Assert.Null(memory.TryRent(20_000, RequestSize.Large, waiter, isGrowth: false)));
        memory.Uncharge(LimitBytes);
        Assert.Equal([1, 0, 0], waiters.Select(waiter => waiter.Calls));
        for (var times = 0; times < 5; times++)
            memory.CallNext();
        Assert.Equal([1, 1, 1], waiters.Select(waiter => waiter.Calls));
    }

    [Fact]
    public void One_that_may_go_on_is_called_before_those_for_whom_there_is_too_little()
    {
        var taken = TakeAll();
        Waiter large = new(), small = new();
        Assert.Null(memory.TryRent(20_000, RequestSize.Large, large, isGrowth: false));
        Assert.Null(memory.TryRent(20_000, RequestSize.Small, small, isGrowth: false));
        memory.Return(taken);
        Assert.Equal((0, 1), (large.Calls, small.Calls));
        memory.Uncharge(LimitBytes);
        Assert.Equal((1, 1), (large.Calls, small.Calls));
    }

    [Fact]
    public void One_that_waits_for_something_else_now_is_called_for_that()
    {
        var taken = TakeAll();
        var waiter = new Waiter();
        Assert.Null(memory.TryRent(20_000, RequestSize.Large, waiter, isGrowth: false));
        Assert.Null(memory.TryRent(20_000, RequestSize.Small, waiter, isGrowth: false));
        memory.Return(taken);
        Assert.Equal(1, waiter.Calls);
    }

    [Fact]
    public void One_that_has_memory_now_or_is_gone_is_not_called()
    {
        TakeAll();
        Waiter served = new(), gone = new();
        Assert.Null(memory.TryRent(20_000, RequestSize.Small, served, isGrowth: false));
        Assert.Null(memory.TryRent(20_000, RequestSize.Small, gone, isGrowth: false));
        Assert.NotNull(memory.TryRent(20_000, RequestSize.Small, served, isGrowth: true));
        memory.Forget(gone);
        memory.Uncharge(LimitBytes);
        Assert.Equal((0, 0), (served.Calls, gone.Calls));
    }

    [Fact]
    public void Of_those_that_hold_a_part_one_goes_beyond_the_limit_and_the_next_when_it_is_whole()
    {
        TakeAll();
        Waiter first = new(), second = new(), small = new();
        Assert.NotNull(memory.TryRent(20_000, RequestSize.Large, first, isGrowth: true));
        Assert.Null(memory.TryRent(20_000, RequestSize.Large, second, isGrowth: true));
        Assert.Null(memory.TryRent(20_000, RequestSize.Small, small, isGrowth: true));
        memory.EndGrowth(first);
        Assert.Equal((0, 1), (second.Calls, small.Calls));
        Assert.NotNull(memory.TryRent(20_000, RequestSize.Small, small, isGrowth: true));
        memory.EndGrowth(small);
        Assert.Equal((1, 1), (second.Calls, small.Calls));
    }

    /// <summary>All of the memory, the small requests' part with one buffer.</summary>
    private Memory<byte> TakeAll()
    {
        memory.Charge(LimitBytes / 8 * 7);
        return memory.TryRent(LimitBytes / 8 * 2, RequestSize.Small, new Waiter(), isGrowth: false)!.Value;
    }

    private sealed class Waiter : IMemoryWaiter
    {
        public int Calls { get; private set; }

        public void MemoryReturned() => Calls++;
    }
}
