using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

/// <summary>What belongs to a shard's loop fails at once when it is touched from elsewhere.</summary>
public class LoopCheckTest
{
    private static readonly TopicPartition Key = new("orders", 0);

    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly MemoryCoordinatorLog log;

    public LoopCheckTest()
    {
        loop = world.Loops.Create("shard");
        log = new MemoryCoordinatorLog(world.Loops, new LeaderEpoch(0));
    }

    [Fact]
    public void Timeline_is_moved_on_its_loop_only()
    {
        var timeline = new Timeline(loop);
        var map = new TimelineMap<TopicPartition, string>(timeline);
        Assert.Throws<InvariantViolation>(() => timeline.StartAt(0, 0));
        Assert.Throws<InvariantViolation>(() => timeline.Advance(1));
        Assert.Throws<InvariantViolation>(() => map.Set(0, Key, "value"));
        OnLoop(() => map.Set(0, Key, "value"));
        OnLoop(() => timeline.Advance(1));
        Assert.True(map.TryGetVisible(Key, out _));
    }

    [Fact]
    public void Timer_is_armed_and_cancelled_on_its_loop_only()
    {
        var timer = new ShardTimers(loop, () => 0).Create(() => { });
        Assert.Throws<InvariantViolation>(() => timer.Arm(1));
        Assert.Throws<InvariantViolation>(timer.Cancel);
        OnLoop(() => timer.Arm(1));
        Assert.True(timer.IsArmed);
    }

    [Fact]
    public void Shard_takes_events_and_writes_on_its_loop_only()
    {
        var settings = Settings(world.Loops);
        var shard = new CoordinatorShard<Words, string>(settings, loop, log, new LeaderEpoch(0));
        var request = new ShardRequest<Words, bool>((_, reply) => reply.Send(true), _ => false, default);
        Assert.Throws<InvariantViolation>(shard.Load);
        OnLoop(shard.Load);
        Assert.Throws<InvariantViolation>(() => shard.Submit(request));
        Assert.Throws<InvariantViolation>(() => shard.Write(["word"], _ => { }));
        Assert.Throws<InvariantViolation>(shard.Stop);
        OnLoop(() => shard.Submit(request));
        Assert.True(request.Answer.IsCompletedSuccessfully);
    }

    [Fact]
    public void Elections_and_resignations_are_taken_up_on_the_loop_of_their_partition_only()
    {
        var runtime = new CoordinatorRuntime<Words, string>(Settings(new WrongLoops(world.Loops.Time)));
        Assert.Throws<InvariantViolation>(() => runtime.OnElected(log, new LeaderEpoch(0)));
        Assert.Throws<InvariantViolation>(() => runtime.OnResigned(0, null));
    }

    private static CoordinatorSettings<Words, string> Settings(ILoops loops)
        => Words.Settings(loops, NoLog.Instance, context => new Words(context));

    private void OnLoop(Action work)
    {
        loop.Post(work);
        world.RunUntilIdle();
        Assert.Empty(world.Errors);
    }
}
