using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Replication.Control;

public sealed class ReplicaTasksTest
{
    private const string Checkpoint = "/data/replication-offset-checkpoint";

    [Fact]
    public void High_watermarks_are_checkpointed_each_interval()
    {
        var world = Started(LogConfig.Default);
        world.Append();

        world.World.Advance(BrokerWorld.Options.HighWatermarkCheckpointInterval);

        Assert.Equal(1, world.LogDirs.ReadHighWatermarks()[BrokerWorld.First]);
    }

    [Fact]
    public void Retention_leaves_a_starting_broker_alone_for_half_a_minute()
    {
        // The record is of the year 1970, and so long past its time.
        var world = Started(LogConfig.Default with { RetentionMs = 1000 });
        world.Append();

        world.World.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(0, world.Partition.Snapshot.LogStartOffset);
        world.World.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal((1, 1), (world.Partition.Snapshot.LogStartOffset, world.Partition.Snapshot.LogEndOffset));
    }

    [Fact]
    public void Log_dir_that_fails_in_a_checkpoint_goes_offline()
    {
        var world = Started(LogConfig.Default);
        world.Append();
        world.World.Disk.FailWrites(path => path.StartsWith(Checkpoint, StringComparison.Ordinal), DiskErrorKind.InputOutput);

        world.World.Advance(BrokerWorld.Options.HighWatermarkCheckpointInterval);

        Assert.True(world.IsStopped);
        Assert.Equal(KafkaError.KafkaStorageError, world.Append().Error);
    }

    [Fact]
    public void Nothing_is_left_to_be_done_after_the_stop()
    {
        var world = Started(LogConfig.Default);

        world.World.Await(world.Replicas.Stop());
        world.World.RunUntilIdle();

        Assert.True(world.World.IsAtRest);
    }

    private static BrokerWorld Started(LogConfig config)
    {
        var world = new BrokerWorld(config: config).Lead();
        world.Replicas.Start();
        world.World.RunUntilIdle();
        return world;
    }
}
