using System.Threading.Tasks.Sources;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Os.Loops;

public sealed class LoopOperationTest : ILoopWork
{
    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly LoopOperation<int> operation;
    private int ends;

    public LoopOperationTest()
    {
        loop = world.Loops.Create("loop");
        operation = new LoopOperation<int>(loop, this);
    }

    [Fact]
    public void What_has_ended_already_is_taken_at_once_and_the_loop_is_not_told()
    {
        operation.Start(new ValueTask<int>(7));
        Assert.True(operation.IsPending);
        Assert.True(operation.TryTake(out var result));
        world.RunUntilIdle();
        Assert.Equal((7, 0, false), (result, ends, operation.IsPending));
    }

    [Fact]
    public void What_ends_later_is_taken_on_the_loop()
    {
        var source = new TaskCompletionSource<int>();
        operation.Start(new ValueTask<int>(source.Task));
        Assert.False(operation.TryTake(out _));
        source.SetResult(7);
        world.RunUntilIdle();
        Assert.Equal(1, ends);
        Assert.True(operation.TryTake(out var result));
        Assert.Equal(7, result);
    }

    /// <summary>
    /// The source calls back while the operation is being started, as another thread may. A request that was counted as done at its start,
    /// and then once more when its end came, let no other begin on its connection for ever.
    /// </summary>
    [Fact]
    public void What_ends_while_it_is_started_ends_on_the_loop_alone()
    {
        var hasEndedAtOnce = true;
        loop.Post(() =>
        {
            operation.Start(new ValueTask<int>(new CallingBack(), 0));
            hasEndedAtOnce = operation.TryTake(out _);
        });
        world.RunUntilIdle();
        Assert.Equal((false, 1), (hasEndedAtOnce, ends));
        Assert.True(operation.TryTake(out var result));
        Assert.Equal(7, result);
    }

    [Fact]
    public void What_an_operation_failed_with_is_thrown_and_the_next_one_can_start()
    {
        operation.Start(ValueTask.FromException<int>(new IOException("reset")));
        Assert.Equal("reset", Assert.Throws<IOException>(() => operation.TryTake(out _)).Message);
        operation.Start(new ValueTask<int>(8));
        Assert.True(operation.TryTake(out var result));
        Assert.Equal(8, result);
    }

    [Fact]
    public void A_result_is_there_once()
    {
        operation.Start(new ValueTask<int>(7));
        Assert.True(operation.TryTake(out _));
        Assert.False(operation.TryTake(out _));
    }

    [Fact]
    public void Two_operations_at_a_time_are_a_bug()
    {
        operation.Start(new ValueTask<int>(new TaskCompletionSource<int>().Task));
        Assert.Throws<InvariantViolation>(() => operation.Start(new ValueTask<int>(7)));
    }

    [Fact]
    public void An_operation_without_a_result_ends_in_the_same_way()
    {
        var source = new TaskCompletionSource();
        var plain = new PlainLoopOperation(loop, this);
        plain.Start(new ValueTask(source.Task));
        Assert.Equal((false, true), (plain.TryTake(), plain.IsPending));
        source.SetException(new IOException("reset"));
        world.RunUntilIdle();
        Assert.Equal(1, ends);
        Assert.Throws<IOException>(() => plain.TryTake());
        plain.Start(default);
        Assert.True(plain.TryTake());
    }

    void ILoopWork.Run()
    {
        Assert.True(loop.IsCurrent);
        ends++;
    }

    /// <summary>Not completed when it is asked, but as soon as somebody waits.</summary>
    private sealed class CallingBack : IValueTaskSource<int>
    {
        public ValueTaskSourceStatus GetStatus(short token) => ValueTaskSourceStatus.Pending;

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
            => continuation(state);

        public int GetResult(short token) => 7;
    }
}
