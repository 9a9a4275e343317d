using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Kernel.Seams;

namespace KafkaCompatBroker.Tests.Unit.Replication.Leading;

public sealed class ProduceWaitersTest
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly ProduceWaiters waiters;

    public ProduceWaitersTest()
    {
        loop = world.Loops.Create("partition");
        waiters = new ProduceWaiters(loop);
    }

    [Fact]
    public void Passed_appends_come_out_least_offset_first_and_others_stay()
    {
        var (late, early, middle) = (Add(9, Long), Add(3, Long), Add(5, Long));

        OnLoop(() =>
        {
            Assert.True(waiters.TryTakePassed(6, out var first));
            Assert.Same(early, first);
            Assert.True(waiters.TryTakePassed(6, out var second));
            Assert.Same(middle, second);
            // A high watermark of 9 has not passed the record at 9.
            Assert.False(waiters.TryTakePassed(9, out _));
            Assert.True(waiters.TryTakePassed(10, out var third));
            Assert.Same(late, third);
        });
    }

    [Fact]
    public void Append_is_timed_out_by_its_own_deadline()
    {
        var (soon, later) = (Add(1, TimeSpan.FromSeconds(1)), Add(2, TimeSpan.FromSeconds(3)));

        world.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal([KafkaError.RequestTimedOut], soon.Outcomes);
        Assert.Empty(later.Outcomes);
        Assert.Equal(1, waiters.Count);
    }

    [Fact]
    public void Taken_append_is_not_timed_out_afterwards()
    {
        var append = Add(1, TimeSpan.FromSeconds(1));
        OnLoop(() => Assert.True(waiters.TryTakePassed(2, out _)));
        Assert.True(world.IsAtRest);

        world.Advance(TimeSpan.FromSeconds(2));

        Assert.Empty(append.Outcomes);
    }

    [Fact]
    public void Deadline_of_an_earlier_use_does_not_end_the_wait_of_an_append_that_is_reused()
    {
        var queued = new LateLoop();
        var reused = new ProduceWaiters(queued);
        var append = new TestAppend(1);
        reused.Add(append, TimeSpan.FromSeconds(1));
        Assert.True(reused.TryTakePassed(2, out _));
        append.Outcome = append.Outcome with { LastOffset = 7 };
        reused.Add(append, Long);

        queued.Scheduled[0].Run();
        Assert.Empty(append.Outcomes);
        queued.Scheduled[1].Run();

        Assert.Equal([KafkaError.RequestTimedOut], append.Outcomes);
    }

    [Fact]
    public void All_are_refused_together()
    {
        TestAppend[] appends = [Add(1, Long), Add(2, Long)];

        OnLoop(() => waiters.RefuseAll(KafkaError.NotLeaderOrFollower));

        Assert.All(appends, append => Assert.Equal([KafkaError.NotLeaderOrFollower], append.Outcomes));
        Assert.True(world.IsAtRest);
    }

    [Fact]
    public void Touch_from_a_wrong_loop_fails()
    {
        Assert.Throws<InvariantViolation>(() => waiters.Add(new TestAppend(1), Long));
        Assert.Throws<InvariantViolation>(() => waiters.TryTakePassed(1, out _));
        Assert.Throws<InvariantViolation>(() => waiters.RefuseAll(KafkaError.NotLeaderOrFollower));
    }

    private TestAppend Add(long lastOffset, TimeSpan timeout)
    {
        var append = new TestAppend(lastOffset);
        OnLoop(() => waiters.Add(append, timeout));
        return append;
    }

    private void OnLoop(Action code) => world.Await(loop.Ask(() =>
    {
        code();
        return true;
    }));

    private sealed class TestAppend : LeaderAppend
    {
        public TestAppend(long lastOffset) => Outcome = new AppendOutcome(KafkaError.None, lastOffset, lastOffset, -1, 0, null, null);

        public List<KafkaError> Outcomes { get; } = [];

        public override void Complete(AppendOutcome outcome) => Outcomes.Add(outcome.Error);
    }
}
