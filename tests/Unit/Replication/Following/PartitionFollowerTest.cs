using KafkaCompatBroker.Replication.Following;

namespace KafkaCompatBroker.Tests.Unit.Replication.Following;

public sealed class PartitionFollowerTest
{
    private readonly PartitionWorld world = new();

    [Fact]
    public void Follower_is_stopped_once()
    {
        var follower = Follower();
        Assert.False(follower.IsStopped);

        Assert.True(world.OnLoop(follower.Stop));
        Assert.False(world.OnLoop(follower.Stop));

        Assert.True(follower.IsStopped);
    }

    [Fact]
    public void Touch_from_a_wrong_loop_fails()
        => Assert.Throws<InvariantViolation>(() => Follower().Stop());

    [Fact]
    public void Stopped_follower_keeps_its_log_and_answers_readers()
    {
        world.Lead();
        world.Append();
        world.Follow(leaderEpoch: 1);

        world.World.Await(world.Partition.StopFetching());

        Assert.Equal(new BrokerId(2), world.Snapshot.Leadership.Leader);
        Assert.Equal(KafkaError.None, world.Snapshot.CheckReadable(LeaderEpoch.Unknown, leaderOnly: false));
        Assert.Equal(1, world.Snapshot.LogEndOffset);
        Assert.Single(world.Log.Lines, line => line.Contains("fetching stopped", StringComparison.Ordinal));
    }

    [Fact]
    public void Leader_is_not_stopped()
    {
        world.Lead();

        world.World.Await(world.Partition.StopFetching());

        Assert.Equal(KafkaError.None, world.Append().Error);
        Assert.DoesNotContain(world.Log.Lines, line => line.Contains("stopped", StringComparison.Ordinal));
    }

    [Fact]
    public void Next_decision_of_the_controller_ends_the_stop()
    {
        world.Follow();
        world.World.Await(world.Partition.StopFetching());
        world.Follow(leaderEpoch: 1, partitionEpoch: 1);

        world.World.Await(world.Partition.StopFetching());

        Assert.Equal(2, world.Log.Lines.Count(line => line.Contains("fetching stopped", StringComparison.Ordinal)));
    }

    private PartitionFollower Follower()
        => new(world.Partition, world.PartitionLog, world.Loop, world.Log, new BrokerId(2), new LeaderEpoch(0));
}
