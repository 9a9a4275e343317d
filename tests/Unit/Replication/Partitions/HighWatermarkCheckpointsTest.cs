using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Tests.Unit.Replication.Partitions;

public sealed class HighWatermarkCheckpointsTest
{
    private const string File = "/data/replication-offset-checkpoint";

    private readonly PartitionWorld world = new();
    private readonly HighWatermarkCheckpoints checkpoints;

    public HighWatermarkCheckpointsTest()
    {
        checkpoints = new HighWatermarkCheckpoints(world.LogDirs, world.ReplicasLoop);
        OnLoop(checkpoints.Read);
    }

    [Fact]
    public void What_was_written_is_read_at_the_next_start()
    {
        world.Lead();
        world.Append();

        OnLoop(() => checkpoints.Write([world.Partition]));

        var next = new HighWatermarkCheckpoints(world.LogDirs, world.ReplicasLoop);
        OnLoop(next.Read);
        Assert.Equal(1, next.Of(PartitionWorld.Name));
    }

    [Fact]
    public void Nothing_is_written_while_nothing_has_changed()
    {
        world.Lead();
        world.Append();
        OnLoop(() => checkpoints.Write([world.Partition]));
        var steps = world.World.Disk.Steps;

        OnLoop(() => checkpoints.Write([world.Partition]));

        Assert.Equal(steps, world.World.Disk.Steps);
    }

    [Fact]
    public void Partition_without_a_role_keeps_what_was_known_of_it()
    {
        world.Lead();
        world.Append();
        OnLoop(() => checkpoints.Write([world.Partition]));
        world.World.Await(world.Partition.Stop());

        OnLoop(() => checkpoints.Write([world.Partition]));

        Assert.Equal(1, checkpoints.Of(PartitionWorld.Name));
        OnLoop(() => checkpoints.Forget(PartitionWorld.Name));
        Assert.Equal(0, checkpoints.Of(PartitionWorld.Name));
    }

    [Fact]
    public void Failed_write_is_thrown_and_made_up_for_by_the_next()
    {
        world.Lead();
        world.Append();
        world.World.Disk.FailWrites(path => path.StartsWith(File, StringComparison.Ordinal), DiskErrorKind.NoSpace);
        Assert.Throws<DiskError>(() => OnLoop(() => checkpoints.Write([world.Partition])));
        world.World.Disk.HealFaults();

        OnLoop(() => checkpoints.Write([world.Partition]));

        Assert.Equal(1, world.LogDirs.ReadHighWatermarks()[PartitionWorld.Name]);
    }

    [Fact]
    public void Touch_from_a_wrong_loop_fails()
    {
        Assert.Throws<InvariantViolation>(() => checkpoints.Write([]));
        Assert.Throws<InvariantViolation>(() => checkpoints.Forget(PartitionWorld.Name));
        Assert.Throws<InvariantViolation>(checkpoints.Read);
    }

    private void OnLoop(Action code) => world.World.Await(world.ReplicasLoop.Ask(() =>
    {
        code();
        return true;
    }));
}
