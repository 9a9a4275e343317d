using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Replication.Moves;
using static KafkaCompatBroker.Tests.Unit.Replication.Moves.MovingBroker;

namespace KafkaCompatBroker.Tests.Unit.Replication.Control;

public sealed class LogDirMovesTest
{
    [Fact]
    public void Refusals_have_Kafkas_errors_in_Kafkas_order()
    {
        var broker = new MovingBroker().Lead();
        var tooLong = new TopicPartition(new string('t', 214), 0);
        Assert.Equal(KafkaError.InvalidTopicException, broker.Alter("/nowhere", tooLong));
        Assert.Equal(KafkaError.LogDirNotFound, broker.Alter("/nowhere"));
        Assert.Equal(KafkaError.LogDirNotFound, broker.Alter("/b/"));
        Assert.Equal(KafkaError.ReplicaNotAvailable, broker.Alter(B, new TopicPartition("other", 0)));
        Assert.Equal(KafkaError.ReplicaNotAvailable, broker.Alter(B, new TopicPartition("..", -1)));
        broker.LogDirs.TakeOffline(new DiskError(DiskErrorKind.InputOutput, "/c/x", "write", "injected"));
        Assert.Equal(KafkaError.KafkaStorageError, broker.Alter(C));
        broker.Partition.GoOffline();
        Assert.Equal(KafkaError.KafkaStorageError, broker.Alter(B));
    }

    [Fact]
    public void Wish_for_a_replica_that_is_to_come_is_where_its_log_is_made()
    {
        var broker = new MovingBroker();
        Assert.Equal(KafkaError.ReplicaNotAvailable, broker.Alter(C));
        Assert.Equal(C, broker.Lead().Home);
    }

    [Fact]
    public void Dir_that_the_log_is_in_changes_nothing_and_cancels_a_move_to_another()
    {
        var broker = new MovingBroker().Lead().Append(3);
        Assert.Equal(KafkaError.None, broker.Alter(A));
        Assert.False(broker.IsMoving);
        broker.HoldBack();
        Assert.Equal(KafkaError.None, broker.Alter(B));
        Assert.Equal(KafkaError.None, broker.Alter(B));
        Assert.Equal(B, broker.LogDirs.Futures.HomeOf(Name)!.Path);
        Assert.Equal(KafkaError.None, broker.Alter(C));
        Assert.Equal(C, broker.LogDirs.Futures.HomeOf(Name)!.Path);
        Assert.True(broker.PartitionLog!.ReadOnly.IsCleaningPaused);

        Assert.Equal(KafkaError.None, broker.Alter(A));

        Assert.False(broker.IsMoving);
        Assert.False(broker.PartitionLog!.ReadOnly.IsCleaningPaused);
        broker.LetGo();
        broker.World.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["/a/orders-0"], broker.Folders());
        Assert.Equal(Numbered(3), broker.Values());
        Assert.Empty(broker.World.Errors);
    }

    [Fact]
    public void Throttle_holds_moves_back_until_it_is_lifted()
    {
        var broker = new MovingBroker().Lead().Append(20);
        broker.HoldBack();
        broker.Alter(B);
        broker.World.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal((A, 0L), (broker.Home, broker.LogDirs.Futures.Find(Name)!.LogEndOffset));
        broker.LetGo();
        broker.World.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(B, broker.Home);
    }

    [Fact]
    public void Both_dirs_tell_of_a_log_that_moves_and_how_much_its_copy_lacks()
    {
        var broker = new MovingBroker().Lead().Append(7);
        broker.HoldBack();
        broker.Alter(B);

        var told = broker.World.Await(broker.Replicas.DescribeLogDirs());

        Assert.Equal(
            [(A, false, 0L), (B, true, 7L)],
            told.SelectMany(dir => dir.Logs.Select(log => (dir.Path, log.IsFuture, log.OffsetLag))));
        broker.Partition.GoOffline();
        Assert.Equal(-1, Assert.Single(broker.World.Await(broker.Replicas.DescribeLogDirs())[1].Logs).OffsetLag);
    }

    [Fact]
    public void Deleted_replica_takes_its_copy_along()
    {
        var broker = new MovingBroker().Lead().Append(3);
        broker.HoldBack();
        broker.Alter(B);
        broker.World.Advance(TimeSpan.FromSeconds(1));

        broker.World.Await(broker.Replicas.Apply(new StopReplicaRequest
        {
            ControllerId = 1,
            ControllerEpoch = 1,
            TopicStates = [new() { TopicName = Name.Topic, PartitionStates = [new() { LeaderEpoch = -2, DeletePartition = true }] }],
        }));
        broker.LetGo();
        broker.World.Advance(TimeSpan.FromMinutes(2));

        Assert.Empty(broker.Folders());
        Assert.Empty(broker.World.Errors);
    }

    [Fact]
    public void Dir_that_fails_under_a_copy_leaves_the_log_serving_and_its_compaction_free()
    {
        var broker = new MovingBroker().Lead().Append(3);
        broker.World.Disk.FailWrites(path => path.StartsWith("/b/orders", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        broker.Alter(B);
        broker.World.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal((1, A, false), (broker.DirsLost, broker.Home, broker.IsMoving));
        Assert.False(broker.PartitionLog!.ReadOnly.IsCleaningPaused);
        Assert.Equal(Numbered(4), broker.Append(1).Values());
    }

    [Fact]
    public void Dir_that_fails_under_a_log_takes_the_partition_offline_and_leaves_the_copy()
    {
        var broker = new MovingBroker().Lead().Append(3).Flush();
        broker.HoldBack();
        broker.Alter(B);
        broker.World.Advance(TimeSpan.FromSeconds(1));
        broker.World.Disk.FailReads(path => path.StartsWith("/a/orders", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        broker.LetGo();
        broker.World.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal((1, null, true), (broker.DirsLost, broker.Home, broker.IsMoving));
        Assert.Equal(PartitionRole.Offline, broker.Partition.Snapshot.Leadership.Role);
        broker.World.Disk.HealFaults();
        broker.Process.Kill();
        broker.Start();
        broker.Lead();
        broker.World.RunUntil(() => !broker.IsMoving);
        Assert.Equal(B, broker.Home);
        Assert.Equal(Numbered(3), broker.Values());
    }

    [Fact]
    public void Reader_of_the_log_before_goes_on_reading_until_its_folder_goes()
    {
        var broker = new MovingBroker().Lead().Append(3);
        var before = broker.Partition.Snapshot;
        broker.Move(B);
        Assert.NotSame(before.Leadership, broker.Partition.Snapshot.Leadership);
        Assert.NotSame(before.Leadership.Log, broker.Partition.Snapshot.Leadership.Log);

        var read = before.Leadership.Log!.Read(0, 1000, 3, atLeastOneBatch: true);

        Assert.Equal(0, read.FirstOffset);
        read.Slice!.Value.File.Release();
    }

    [Fact]
    public void Transaction_that_was_verified_before_the_log_moved_begins_behind()
    {
        var broker = new MovingBroker().Lead();
        var producer = new ProducerIdAndEpoch(9, 0);
        var (_, guard) = broker.World.Await(broker.Partition.BeginVerification(producer, 0));
        broker.Move(B);
        var (_, again) = broker.World.Await(broker.Partition.BeginVerification(producer, 0));
        Assert.Same(guard, again);
    }

    [Fact]
    public void New_settings_of_the_topic_reach_the_log_in_its_new_dir()
    {
        var broker = new MovingBroker().Lead().Append(3);
        broker.Move(B);
        broker.Replicas.UpdateConfig(Name.Topic, broker.Config with { RetentionMs = 77 });
        broker.World.RunUntilIdle();
        Assert.Equal(77, broker.PartitionLog!.Config.RetentionMs);
        Assert.Equal(CleanupPolicy.Delete, broker.PartitionLog.Config.CleanupPolicy);
    }

    [Fact]
    public void Leader_becomes_a_follower_and_back_during_and_behind_its_move()
    {
        var broker = new MovingBroker().Lead().Append(10);
        broker.HoldBack();
        broker.Alter(B);
        broker.Lead(leader: 2);
        broker.LetGo();
        broker.World.RunUntil(() => broker.Home == B && !broker.IsMoving);
        Assert.Equal(PartitionRole.Follower, broker.Partition.Snapshot.Leadership.Role);

        broker.Lead().Append(2);

        Assert.Equal(Numbered(12), broker.Values());
        Assert.Empty(broker.World.Errors);
    }
}
