namespace KafkaCompatBroker.Tests.Unit.Kernel.Seams;

public sealed class StartedTasksTest
{
    private readonly TaskCompletionSource<int>[] sources = [new(), new(), new()];
    private int started;

    [Fact]
    public void All_are_started_before_the_first_is_awaited()
    {
        _ = sources.Select(Start).InOrder();
        Assert.Equal(3, started);
    }

    [Fact]
    public async Task Results_stand_in_the_order_of_the_tasks_whichever_ends_first()
    {
        var all = sources.Select(Start).InOrder();
        foreach (var index in (int[])[2, 0, 1])
        {
            Assert.False(all.IsCompleted);
            sources[index].SetResult(index);
        }
        var results = await all;
        Assert.Equal([0, 1, 2], results);
    }

    [Fact]
    public async Task The_first_failure_is_thrown_when_nothing_is_under_way_any_more()
    {
        var all = sources.Select(Start).InOrder();
        sources[1].SetException(new InvalidOperationException("second"));
        sources[0].SetException(new InvalidOperationException("first"));
        Assert.False(all.IsCompleted);
        sources[2].SetResult(2);
        Assert.Equal("first", (await Assert.ThrowsAsync<InvalidOperationException>(() => all)).Message);
    }

    private Task<int> Start(TaskCompletionSource<int> source)
    {
        started++;
        return source.Task;
    }
}
