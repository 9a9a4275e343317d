using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Tests.Unit.Replication.Partitions;

/// <summary>What the controller's decisions make of a partition.</summary>
public sealed class RoleChangeTest
{
    private static readonly TopicId Id = new(7, 7);

    private readonly PartitionWorld world = new();

    [Fact]
    public void Decision_with_an_older_partition_epoch_is_passed_over()
    {
        world.Lead(leaderEpoch: 3, partitionEpoch: 5);

        Assert.Equal(RoleChange.OlderPartitionEpoch, world.Lead(leaderEpoch: 4, partitionEpoch: 4));
        Assert.Equal(RoleChange.OlderPartitionEpoch, world.Follow(leaderEpoch: 4, partitionEpoch: 4));

        Assert.Equal((new LeaderEpoch(3), PartitionRole.Leader), (world.Snapshot.Leadership.LeaderEpoch, world.Snapshot.Leadership.Role));
        Assert.Equal(
            2, world.Log.Lines.Count(line => line.Contains("skipped: partitionEpoch=4 is older than 5", StringComparison.Ordinal)));
    }

    [Fact]
    public void Same_leader_epoch_with_a_newer_partition_epoch_changes_the_isr_alone()
    {
        world.Lead(leaderEpoch: 1, partitionEpoch: 1, isr: [1, 2], replicas: [1, 2]);
        var waiting = world.BeginAppend(acks: -1, TimeSpan.FromMinutes(5));

        Assert.Equal(RoleChange.Done, world.Lead(leaderEpoch: 1, partitionEpoch: 2, isr: [1], replicas: [1, 2]));
        Assert.False(waiting.IsCompleted);
        // The follower that has left the ISR counts for as long as it may be on its way back.
        world.World.Advance(TimeSpan.FromMinutes(1));
        world.Append();

        Assert.Equal(KafkaError.None, world.World.Await(waiting).Error);
        Assert.Equal(0, world.Snapshot.Leadership.EpochStartOffset);
    }

    [Fact]
    public void Append_waits_on_across_leader_epochs_of_the_same_leader()
    {
        world.Lead(leaderEpoch: 1, isr: [1, 2], replicas: [1, 2]);
        var waiting = world.BeginAppend(acks: -1, TimeSpan.FromMinutes(5));

        world.Lead(leaderEpoch: 2, partitionEpoch: 1, isr: [1], replicas: [1]);

        Assert.Equal(KafkaError.None, world.World.Await(waiting).Error);
        Assert.Equal(1, world.Snapshot.Leadership.EpochStartOffset);
    }

    [Fact]
    public void New_leader_epoch_begins_at_the_logs_end()
    {
        world.Lead(leaderEpoch: 1);
        world.Append();
        world.Follow(leaderEpoch: 2, partitionEpoch: 1);

        world.Lead(leaderEpoch: 3, partitionEpoch: 2);

        Assert.Equal(1, world.Snapshot.Leadership.EpochStartOffset);
        Assert.Equal(new LeaderEpoch(3), world.PartitionLog.LeaderEpochs.LatestEpoch);
    }

    [Fact]
    public void Disk_error_in_a_role_change_takes_the_partition_offline()
    {
        world.World.Disk.FailWrites(path => path.Contains("leader-epoch-checkpoint", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Assert.Equal(RoleChange.LogDirOffline, world.Lead(leaderEpoch: 1));

        Assert.Equal(PartitionRole.Offline, world.Snapshot.Leadership.Role);
        Assert.Single(world.DiskErrors);
        Assert.Equal(KafkaError.KafkaStorageError, world.Append().Error);
        Assert.Equal(RoleChange.LogDirOffline, world.Lead(leaderEpoch: 2, partitionEpoch: 1));
    }

    [Fact]
    public void Decision_ties_the_log_to_its_topic()
    {
        world.Lead(topicId: Id);

        Assert.Equal((Id, Id), (world.PartitionLog.TopicId, world.Snapshot.Leadership.TopicId));
    }

    [Fact]
    public void Topic_id_that_comes_later_is_adopted_and_the_leadership_stays()
    {
        world.Lead(leaderEpoch: 2);

        Assert.Equal(RoleChange.Done, world.World.Await(world.Partition.AdoptTopicId(Id)));

        Assert.Equal((Id, Id), (world.PartitionLog.TopicId, world.Snapshot.Leadership.TopicId));
        Assert.Equal(new LeaderEpoch(2), world.Snapshot.Leadership.LeaderEpoch);
    }

    [Fact]
    public void Disk_error_in_adopting_a_topic_id_takes_the_partition_offline()
    {
        world.Lead();
        world.World.Disk.FailWrites(path => path.Contains("partition.metadata", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Assert.Equal(RoleChange.LogDirOffline, world.World.Await(world.Partition.AdoptTopicId(Id)));

        Assert.Equal(PartitionRole.Offline, world.Snapshot.Leadership.Role);
        Assert.Single(world.DiskErrors);
    }

    [Fact]
    public void Disk_error_in_maintenance_takes_the_partition_offline()
    {
        world.Lead();
        var error = new DiskError(DiskErrorKind.InputOutput, "/data/orders-0", "flush", "injected");

        world.Partition.Maintain((_, _) => throw error);
        world.World.RunUntilIdle();

        Assert.Equal(PartitionRole.Offline, world.Snapshot.Leadership.Role);
        Assert.Equal([error], world.DiskErrors);
    }

    [Fact]
    public void Exception_in_maintenance_is_not_swallowed()
    {
        world.Lead();

        world.Partition.Maintain((_, _) => throw new InvalidOperationException("a bug"));
        world.World.RunUntilIdle();

        Assert.Equal("a bug", Assert.Single(world.World.Errors).Message);
        Assert.Equal(KafkaError.None, world.Append().Error);
    }

    [Fact]
    public void Maintenance_that_raises_the_logs_start_takes_the_high_watermark_along()
    {
        world.Lead(isr: [1, 2], replicas: [1, 2]);
        world.Append();
        Assert.Equal(0, world.Snapshot.HighWatermark);

        world.Partition.Maintain((log, _) => log.RaiseLogStartOffset(1));
        world.World.RunUntilIdle();

        Assert.Equal((1, 1), (world.Snapshot.LogStartOffset, world.Snapshot.HighWatermark));
    }

    [Fact]
    public void Failed_read_of_a_log_that_the_partition_no_longer_has_is_passed_over()
    {
        world.Lead();
        var read = world.Snapshot.Leadership.Log!;
        world.World.Await(world.Partition.Stop());

        world.Partition.ReadFailed(read, new DiskError(DiskErrorKind.InputOutput, "/data/orders-0", "read", "injected"));
        world.World.RunUntilIdle();

        Assert.Equal(PartitionRole.Stopped, world.Snapshot.Leadership.Role);
        Assert.Empty(world.DiskErrors);
    }

    [Fact]
    public void Offline_partition_refuses_what_waited_with_a_storage_error()
    {
        world.Lead(isr: [1, 2], replicas: [1, 2]);
        var waiting = world.BeginAppend(acks: -1, TimeSpan.FromMinutes(5));

        world.Partition.GoOffline();

        Assert.Equal(KafkaError.KafkaStorageError, world.World.Await(waiting).Error);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(9, 2)]
    public void High_watermark_of_the_checkpoint_is_taken_as_far_as_the_log_reaches(long checkpointed, long expected)
    {
        var before = new PartitionWorld(checkpointedHighWatermark: checkpointed);
        before.PartitionLog.AppendAsLeader(PartitionWorld.Batch(), new LeaderEpoch(0));
        before.PartitionLog.AppendAsLeader(PartitionWorld.Batch(), new LeaderEpoch(0));

        before.Follow(leaderEpoch: 1);

        Assert.Equal(expected, before.Snapshot.HighWatermark);
    }

    [Fact]
    public void Touch_from_a_wrong_loop_fails()
    {
        world.Lead();
        var partition = (ILedPartition)world.Partition;

        Assert.Throws<InvariantViolation>(() => partition.Publish(0));
    }
}
