using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Partitions;

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

    private static KafkaError ErrorOf(BrokerWorld world, LeaderAndIsrRequest request)
        => world.World.Await(world.Channel.Send(request)).Topics[0].PartitionErrors[0].ErrorCode;

    private sealed class Listener : ILeadershipListener
    {
        public List<string> Heard { get; } = [];
        public void LeadershipGained(Partition partition, LeaderEpoch leaderEpoch) => Heard.Add($"gained {partition.Name} {leaderEpoch}");
        public void LeadershipLost(TopicPartition partition, LeaderEpoch leaderEpoch) => Heard.Add($"lost {partition} {leaderEpoch}");
    }
}
