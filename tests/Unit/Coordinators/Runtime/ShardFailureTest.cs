using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Kernel.Seams;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

/// <summary>A bug in a state machine: it costs the event in which it is, which is told and logged, and no other.</summary>
public class ShardFailureTest
{
    private readonly SimWorld world = new(1);
    private readonly MemoryCoordinatorLog log;
    private readonly CoordinatorRuntime<Words, string> runtime;

    public ShardFailureTest()
    {
        log = new MemoryCoordinatorLog(world.Loops, new LeaderEpoch(0));
        runtime = new(Words.Settings(world.Loops, NoLog.Instance, context => new Words(context) { ThrowsWhenUnloaded = true }));
        runtime.OnElected(log, new LeaderEpoch(0));
        world.RunUntilIdle();
    }

    [Fact]
    public void An_event_that_throws_is_answered_and_logged_and_the_next_one_runs()
    {
        log.HoldsAppends = true;
        _ = Write("first");
        var failing = Ask((_, _) => throw new InvalidOperationException("bug"));
        _ = Write("second");
        GoOnWithoutCommits();
        Assert.Equal(KafkaError.UnknownServerError, Now(failing));
        Assert.Equal(2, log.LogEndOffset);
        Assert.Equal("bug", Assert.Single(world.Errors).Message);
    }

    [Fact]
    public void A_timer_that_throws_does_not_keep_the_events_behind_it()
    {
        _ = Ask((words, reply) =>
        {
            words.Context.CreateTimer(() => throw new InvalidOperationException("bug")).Arm(10);
            reply.Send(KafkaError.None);
        });
        world.RunUntilIdle();
        log.HoldsAppends = true;
        _ = Write("first");
        world.Advance(TimeSpan.FromMilliseconds(20));
        _ = Write("second");
        GoOnWithoutCommits();
        Assert.Equal(2, log.LogEndOffset);
        Assert.Equal("bug", Assert.Single(world.Errors).Message);
    }

    [Fact]
    public void A_late_timer_that_throws_does_not_keep_the_event_that_finds_it()
    {
        Words? words = null;
        var settings = Words.Settings(world.Loops, NoLog.Instance, context => words = new Words(context));
        var shard = new CoordinatorShard<Words, string>(settings, new LateLoop(), log, new LeaderEpoch(0));
        shard.Load();
        words!.Context.CreateTimer(() => throw new InvalidOperationException("bug")).Arm(10);
        world.Advance(TimeSpan.FromMilliseconds(20));
        var request = new ShardRequest<Words, bool>((_, reply) => reply.Send(true), _ => false, default);
        Assert.Equal("bug", Assert.Throws<InvalidOperationException>(() => shard.Submit(request)).Message);
        Assert.True(request.Answer.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData("encode", KafkaError.None, KafkaError.UnknownServerError)]
    [InlineData("apply", KafkaError.None, KafkaError.None)]
    [InlineData("outcome", KafkaError.NotEnoughReplicas, null)]
    public void A_write_that_throws_on_its_way_does_not_keep_the_events_behind_it(string word, KafkaError appendError, KafkaError? answer)
    {
        log.HoldsAppends = true;
        log.AppendError = appendError;
        var failing = Write(word);
        var writing = Write("first");
        GoOnWithoutCommits();
        log.CommitAll();
        world.RunUntilIdle();
        Assert.Equal(appendError, Now(writing));
        Assert.Equal(answer, failing.IsCompleted ? Now(failing) : null);
        Assert.Equal("bug", Assert.Single(world.Errors).Message);
    }

    [Fact]
    public void A_state_that_throws_at_the_end_leaves_nobody_without_an_answer()
    {
        log.HoldsAppends = true;
        var answers = new[] { Write("outcome"), Write("unload"), Write("first"), Write("second") };
        world.RunUntilIdle();
        runtime.OnResigned(0, null);
        world.RunUntilIdle();
        Assert.All(answers[1..], answer => Assert.Equal(KafkaError.NotCoordinator, Now(answer)));
        Assert.Equal(2, world.Errors.Count);
    }

    /// <summary>Commits would give the shard another reason to go on.</summary>
    private void GoOnWithoutCommits()
    {
        log.CommitsAtOnce = false;
        log.HoldsAppends = false;
        world.RunUntilIdle();
    }

    private static KafkaError Now(Task<KafkaError> task)
    {
        Assert.True(task.IsCompleted, "still waits");
        return task.GetAwaiter().GetResult();
    }

    private Task<KafkaError> Write(string word) => Ask((words, reply) => words.Write(word, reply));

    private Task<KafkaError> Ask(Action<Words, Reply<KafkaError>> run) => runtime.Ask(0, run, error => error);
}
