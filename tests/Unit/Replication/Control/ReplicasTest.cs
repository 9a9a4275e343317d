using System.Text;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Replication.Control;

public class ReplicasTest
{
    [Fact]
    public void Older_controller_is_refused()
    {
        var world = new BrokerWorld();
        world.World.Await(world.Replicas.Requests.InTurn(
            () => Task.FromResult(world.Replicas.Requests.Fence.Check(BrokerEpoch.Unknown, new ControllerEpoch(2)))));

        var answer = world.World.Await(world.Channel.Send(BrokerWorld.Decision()));

        Assert.Equal(KafkaError.StaleControllerEpoch, answer.ErrorCode);
        Assert.Null(world.Replicas.Find(BrokerWorld.First));
    }

    [Fact]
    public void Request_for_a_former_life_of_the_broker_is_refused_and_one_for_a_later_is_obeyed()
    {
        var world = new BrokerWorld();
        world.Replicas.Requests.Fence.Register(new BrokerEpoch(10));
        var old = BrokerWorld.Decision();
        old.BrokerEpoch = 9;
        var later = BrokerWorld.Decision();
        later.BrokerEpoch = 11;

        Assert.Equal(KafkaError.StaleBrokerEpoch, world.World.Await(world.Channel.Send(old)).ErrorCode);
        Assert.Equal(KafkaError.None, world.World.Await(world.Channel.Send(later)).ErrorCode);
    }

    [Fact]
    public void Repeated_leader_epoch_is_stale()
    {
        var world = new BrokerWorld().Lead(leaderEpoch: 2);

        Assert.Equal(KafkaError.StaleControllerEpoch, ErrorOf(world, BrokerWorld.Decision(leaderEpoch: 2)));
        Assert.Equal(KafkaError.StaleControllerEpoch, ErrorOf(world, BrokerWorld.Decision(leaderEpoch: 1)));
        Assert.Equal(KafkaError.None, ErrorOf(world, BrokerWorld.Decision(leaderEpoch: 3)));
    }

    [Fact]
    public void Topic_of_another_id_is_refused()
    {
        var world = new BrokerWorld().Lead();
        var other = BrokerWorld.Decision(leaderEpoch: 1);
        other.TopicStates[0].TopicId = new TopicId(8, 8);

        Assert.Equal(KafkaError.InconsistentTopicId, ErrorOf(world, other));
    }

    [Fact]
    public void Partition_without_this_broker_among_its_replicas_is_unknown()
        => Assert.Equal(KafkaError.UnknownTopicOrPartition, ErrorOf(new BrokerWorld(), BrokerWorld.Decision(replicas: [2, 3], leader: 2)));

    [Fact]
    public void Name_that_would_leave_the_log_dir_makes_no_folder()
    {
        var world = new BrokerWorld();
        var bad = BrokerWorld.Decision();
        bad.TopicStates[0].TopicName = "../evil";

        Assert.Equal(KafkaError.InvalidTopicException, ErrorOf(world, bad));
    }

    [Fact]
    public void Deleted_partition_is_gone_with_its_log_and_can_be_made_again()
    {
        var world = new BrokerWorld().Lead();
        world.Append();

        var answer = world.World.Await(world.Channel.Send(new StopReplicaRequest
        {
            ControllerEpoch = 1,
            TopicStates = [new() { TopicName = BrokerWorld.Topic, PartitionStates = [new() { LeaderEpoch = -2, DeletePartition = true }] }],
        }));

        Assert.Equal(KafkaError.None, answer.PartitionErrors[0].ErrorCode);
        Assert.Null(world.Replicas.Find(BrokerWorld.First));
        world.Lead();
        Assert.Equal(0, world.Partition.Snapshot.LogEndOffset);
    }

    [Fact]
    public void Stop_of_an_older_epoch_is_fenced()
    {
        var world = new BrokerWorld().Lead(leaderEpoch: 5);

        var answer = world.World.Await(world.Channel.Send(new StopReplicaRequest
        {
            ControllerEpoch = 1,
            TopicStates = [new() { TopicName = BrokerWorld.Topic, PartitionStates = [new() { LeaderEpoch = 4, DeletePartition = true }] }],
        }));

        Assert.Equal(KafkaError.FencedLeaderEpoch, answer.PartitionErrors[0].ErrorCode);
    }

    [Fact]
    public void Listeners_hear_of_leadership_gained_and_lost()
    {
        var world = new BrokerWorld();
        var listener = new Listener();
        world.Replicas.AddListener(listener);

        world.Lead(leaderEpoch: 1).Lead(leaderEpoch: 2, replicas: [1, 2], isr: [2], leader: 2);

        Assert.Equal(["gained orders-0 1", "lost orders-0 2"], listener.Heard);
    }

    [Fact]
    public void Last_log_dir_that_fails_takes_partitions_offline_and_stops_the_broker()
    {
        var world = new BrokerWorld().Lead();
        world.World.Disk.FailWrites(path => path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Assert.Equal(KafkaError.KafkaStorageError, world.Append().Error);
        world.World.RunUntilIdle();

        Assert.Equal(PartitionRole.Offline, world.Partition.Snapshot.Leadership.Role);
        Assert.Equal(KafkaError.KafkaStorageError, ErrorOf(world, BrokerWorld.Decision(leaderEpoch: 9)));
        Assert.True(world.IsStopped);
    }

    [Theory]
    [InlineData("/data/meta.properties")]
    [InlineData("/data/orders-0/00000000000000000000.log")]
    public void Partition_whose_log_dir_failed_at_the_start_is_not_begun_anew_in_another(string unreadable)
    {
        var before = new BrokerWorld().Lead();
        before.Append();
        before.World.Await(before.Replicas.Stop());
        before.World.Disk.FailOpens(path => path == unreadable, DiskErrorKind.InputOutput);

        var world = new BrokerWorld(before.World, logDirs: ["/data", "/other"]);

        Assert.Equal(KafkaError.KafkaStorageError, ErrorOf(world, BrokerWorld.Decision(leaderEpoch: 1)));
        Assert.Equal(PartitionRole.Offline, world.Partition.Snapshot.Leadership.Role);
        Assert.False(world.World.Disk.DirectoryExists("/other/orders-0"));
    }

    [Fact]
    public void Refused_partition_is_named_in_the_log_once_with_the_reason()
    {
        var world = new BrokerWorld().Lead();
        foreach (var leaderEpoch in new[] { 1, 1, 2 })
        {
            var other = BrokerWorld.Decision(leaderEpoch);
            other.TopicStates[0].TopicId = new TopicId(8, 8);
            Assert.Equal(KafkaError.InconsistentTopicId, ErrorOf(world, other));
        }

        var line = Assert.Single(world.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        Assert.Contains(
            $"partition=orders-0 refused: its folder belongs to topic id {BrokerWorld.Id}, the controller says {new TopicId(8, 8)}", line,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "its log begins empty, the checkpoints say that it ended at 2")]
    [InlineData(true, null)]
    public void Partition_whose_folder_is_gone_begins_empty_and_says_so_unless_it_is_new(bool isNew, string? told)
    {
        var before = new BrokerWorld().Lead();
        before.Append();
        before.Append();
        before.World.Await(before.Replicas.Stop());
        before.World.Disk.DeleteDirectory("/data/orders-0");

        var world = new BrokerWorld(before.World);
        var decision = BrokerWorld.Decision(leaderEpoch: 1);
        decision.TopicStates[0].PartitionStates[0].IsNew = isNew;
        Assert.Equal(KafkaError.None, ErrorOf(world, decision));

        Assert.Equal(0, world.Partition.Snapshot.LogEndOffset);
        var warning = world.Log.Lines.SingleOrDefault(line => line.StartsWith("Warn", StringComparison.Ordinal));
        Assert.Equal(told is not null, warning?.Contains($"partition=orders-0 is not new and has no folder in any log dir; {told}",
            StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void Partition_whose_folder_is_of_another_topic_says_so_to_clients_until_the_topic_is_deleted()
    {
        var before = new BrokerWorld().Lead();
        before.Append();
        before.World.Await(before.Replicas.Stop());
        PartitionMetadataFile.Write(before.World.Disk, "/data/orders-0", new TopicId(8, 8));

        var world = new BrokerWorld(before.World).Lead();

        Assert.Equal(KafkaError.InconsistentTopicId, world.Append().Error);
        var fetched = world.Send(BrokerWorld.FetchOf(0)).Responses[0].Partitions[0];
        Assert.Equal(KafkaError.InconsistentTopicId, fetched.ErrorCode);
        var offsets = world.World.Await(world.Begin(
            () => world.Partition.FindOffset(new OffsetQuery(-1, ReadIsolation.ReadUncommitted, LeaderEpoch.Unknown, LeaderOnly: true))));
        Assert.Equal(KafkaError.InconsistentTopicId, offsets.Error);
        Assert.Single(world.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));

        world.World.Await(world.Channel.Send(new StopReplicaRequest
        {
            ControllerId = 1,
            ControllerEpoch = 1,
            TopicStates = [new() { TopicName = "orders", PartitionStates = [new() { DeletePartition = true, LeaderEpoch = -2 }] }],
        }));
        Assert.Equal(KafkaError.None, ErrorOf(world, BrokerWorld.Decision()));
        Assert.Equal(KafkaError.None, world.Append().Error);
    }

    [Fact]
    public void Partition_that_is_refused_again_after_it_was_served_is_named_again()
    {
        var world = new BrokerWorld().Lead();
        for (var leaderEpoch = 1; leaderEpoch < 4; leaderEpoch++)
        {
            var decision = BrokerWorld.Decision(leaderEpoch);
            if (leaderEpoch != 2)
                decision.TopicStates[0].TopicId = new TopicId(8, 8);
            world.World.Await(world.Channel.Send(decision));
        }

        Assert.Equal(2, world.Log.Lines.Count(line => line.Contains("partition=orders-0 refused", StringComparison.Ordinal)));
    }

    [Fact]
    public void Repeated_decision_is_not_logged()
    {
        var world = new BrokerWorld().Lead(leaderEpoch: 2);
        var count = world.Log.Lines.Count;

        Assert.Equal(KafkaError.StaleControllerEpoch, ErrorOf(world, BrokerWorld.Decision(leaderEpoch: 2)));

        Assert.Equal(count, world.Log.Lines.Count);
    }

    [Fact]
    public void Decision_with_an_older_partition_epoch_is_answered_as_done_and_listeners_hear_nothing()
    {
        var world = new BrokerWorld().Lead(leaderEpoch: 1, partitionEpoch: 5);
        var listener = new Listener();
        world.Replicas.AddListener(listener);

        Assert.Equal(KafkaError.None, ErrorOf(world, BrokerWorld.Decision(leaderEpoch: 2, partitionEpoch: 4)));

        Assert.Empty(listener.Heard);
        Assert.Equal(new LeaderEpoch(1), world.Partition.Snapshot.Leadership.LeaderEpoch);
    }

    [Fact]
    public void Topic_id_that_the_disk_does_not_take_is_answered_with_a_storage_error_and_the_dir_goes_offline()
    {
        var world = new BrokerWorld();
        var withoutId = BrokerWorld.Decision(leaderEpoch: 1);
        withoutId.TopicStates[0].TopicId = TopicId.Zero;
        Assert.Equal(KafkaError.None, world.World.Await(world.Channel.Send(withoutId)).PartitionErrors[0].ErrorCode);
        world.World.Disk.FailWrites(path => path.Contains("partition.metadata", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Assert.Equal(KafkaError.KafkaStorageError, ErrorOf(world, BrokerWorld.Decision(leaderEpoch: 1)));
        world.World.RunUntilIdle();

        Assert.Equal(PartitionRole.Offline, world.Partition.Snapshot.Leadership.Role);
        Assert.True(world.IsStopped);
    }

    [Fact]
    public void New_partition_is_refused_when_no_log_dir_is_online()
    {
        var world = new BrokerWorld().Lead();
        world.World.Disk.FailWrites(path => path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        world.Append();
        world.World.RunUntilIdle();
        var other = BrokerWorld.Decision();
        other.TopicStates[0].TopicName = "payments";
        other.TopicStates[0].PartitionStates[0].IsNew = true;

        Assert.Equal(KafkaError.KafkaStorageError, ErrorOf(world, other));
    }

    [Fact]
    public void Stop_without_deletion_leaves_the_partition_and_its_log()
    {
        var world = new BrokerWorld().Lead();
        world.Append();
        world.Lead(leaderEpoch: 1, partitionEpoch: 1, leader: 2, isr: [2], replicas: [1, 2]);

        var answer = world.World.Await(world.Channel.Send(new StopReplicaRequest
        {
            ControllerEpoch = 1,
            TopicStates = [new() { TopicName = BrokerWorld.Topic, PartitionStates = [new() { LeaderEpoch = 1 }] }],
        }));

        Assert.Equal(KafkaError.None, answer.PartitionErrors[0].ErrorCode);
        Assert.Equal(PartitionRole.Follower, world.Partition.Snapshot.Leadership.Role);
        Assert.Equal(1, world.Partition.Snapshot.LogEndOffset);
        Assert.Contains(world.Log.Lines, line => line.Contains("partition=orders-0", StringComparison.Ordinal)
            && line.Contains("fetching stopped", StringComparison.Ordinal));
    }

    [Fact]
    public void New_settings_reach_a_log_of_which_no_controller_has_spoken_yet()
    {
        var before = new BrokerWorld().Lead();
        before.World.Await(before.Replicas.Stop());
        var world = new BrokerWorld(before.World);

        world.Replicas.UpdateConfig(BrokerWorld.Topic, LogConfig.Default with { RetentionMs = 77 });
        world.Lead(leaderEpoch: 1);

        Assert.Equal(77, world.Partition.Snapshot.Leadership.Log!.Config.RetentionMs);
    }

    [Fact]
    public void New_settings_reach_a_log_that_is_just_being_made()
    {
        var world = new BrokerWorld();
        var made = world.Channel.Send(BrokerWorld.Decision());

        world.Replicas.UpdateConfig(BrokerWorld.Topic, LogConfig.Default with { RetentionMs = 77 });
        world.World.Await(made);
        world.World.RunUntilIdle();

        Assert.Equal(77, world.Partition.Snapshot.Leadership.Log!.Config.RetentionMs);
    }

    [Fact]
    public void New_settings_of_one_topic_leave_the_others_alone()
    {
        var world = new BrokerWorld().Lead();

        world.Replicas.UpdateConfig("payments", LogConfig.Default with { RetentionMs = 77 });
        world.World.RunUntilIdle();

        Assert.Equal(LogConfig.Default.RetentionMs, world.Partition.Snapshot.Leadership.Log!.Config.RetentionMs);
    }

    [Fact]
    public void Checkpoint_that_one_log_dir_does_not_take_is_written_to_the_others()
    {
        var world = InTwoDirs();
        world.World.Disk.FailWrites(
            path => path.StartsWith("/first/replication-offset-checkpoint", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        world.World.Await(world.Replicas.Stop());

        Assert.False(world.World.Disk.FileExists("/first/.kafka_cleanshutdown"));
        Assert.True(world.World.Disk.FileExists("/second/.kafka_cleanshutdown"));
        var checkpoint = Encoding.UTF8.GetString(world.World.Disk.ReadAllBytes("/second/replication-offset-checkpoint"));
        Assert.Contains("orders 1 1", checkpoint, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_dir_whose_checkpoint_cannot_be_read_at_the_start_goes_offline_alone()
    {
        var before = InTwoDirs();
        before.World.Await(before.Replicas.Stop());
        before.World.Disk.FailOpens(path => path == "/first/replication-offset-checkpoint", DiskErrorKind.InputOutput);

        var world = new BrokerWorld(before.World, logDirs: ["/first", "/second"]);

        Assert.Equal(KafkaError.KafkaStorageError, ErrorOf(world, BrokerWorld.Decision(leaderEpoch: 1)));
        Assert.Equal(KafkaError.None, ErrorOf(world, Second(leaderEpoch: 1)));
        Assert.Equal((1, false), (world.LogDirs.Online.Count, world.IsStopped));
        Assert.Equal(1, world.Replicas.Find(new TopicPartition(BrokerWorld.Topic, 1))!.Snapshot.HighWatermark);
    }

    /// <summary>Partition 0 in the first log dir and partition 1 in the second, each with one record.</summary>
    private static BrokerWorld InTwoDirs()
    {
        var world = new BrokerWorld(logDirs: ["/first", "/second"]).Lead();
        Assert.Equal(KafkaError.None, ErrorOf(world, Second()));
        world.Append();
        var second = world.Replicas.Find(new TopicPartition(BrokerWorld.Topic, 1))!;
        world.World.Await(world.Begin(
            () => second.Append(BrokerWorld.Batch("a"), AppendOrigin.Client, -1, true, TimeSpan.FromSeconds(1))));
        return world;
    }

    private static LeaderAndIsrRequest Second(int leaderEpoch = 0)
    {
        var request = BrokerWorld.Decision(leaderEpoch);
        request.TopicStates[0].PartitionStates[0].PartitionIndex = 1;
        return request;
    }

    private static KafkaError ErrorOf(BrokerWorld world, LeaderAndIsrRequest request)
        => world.World.Await(world.Channel.Send(request)).Topics[0].PartitionErrors[0].ErrorCode;

    private sealed class Listener : ILeadershipListener
    {
        public List<string> Heard { get; } = [];
        public void LeadershipGained(Partition partition, LeaderEpoch leaderEpoch) => Heard.Add($"gained {partition.Name} {leaderEpoch}");
        public void LeadershipLost(TopicPartition partition, LeaderEpoch leaderEpoch) => Heard.Add($"lost {partition} {leaderEpoch}");
    }
}
