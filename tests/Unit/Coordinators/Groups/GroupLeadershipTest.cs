using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Offsets;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Tests.Unit.Replication;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

/// <summary>A group coordinator over real replicas; the test plays the controller.</summary>
public class GroupLeadershipTest
{
    private readonly BrokerWorld world = new(logDirs: ["/data", "/other"]);
    private readonly GroupCoordinator coordinator;

    public GroupLeadershipTest()
    {
        coordinator = new GroupCoordinator(
            GroupBench.DefaultOptions, partitionCount: 1, world.World.Loops, NoLog.Instance, world.World.NewRandom());
        world.Replicas.AddListener(new CoordinatorLeadership(
            InternalTopics.ConsumerOffsets, coordinator, CompressionType.None, GroupBench.DefaultOptions.CommitTimeoutMs));
    }

    [Fact]
    public void Groups_are_coordinated_by_the_leader_of_their_partition_and_of_no_other_topics()
    {
        Decide(BrokerWorld.Topic, leader: 1, leaderEpoch: 0);
        Assert.Equal(KafkaError.NotCoordinator, Commit(1));
        Decide(InternalTopics.ConsumerOffsets, leader: 1, leaderEpoch: 0);
        Assert.Equal(KafkaError.None, Commit(1));
        Decide(InternalTopics.ConsumerOffsets, leader: 2, leaderEpoch: 1);
        Assert.Equal(KafkaError.NotCoordinator, Fetch().Error);
        Decide(InternalTopics.ConsumerOffsets, leader: 1, leaderEpoch: 2);
        Assert.Equal((KafkaError.None, 1), Fetch());
    }

    [Fact]
    public void Disk_that_fails_under_the_load_takes_its_dir_offline_and_the_groups_to_another_coordinator()
    {
        Decide(InternalTopics.ConsumerOffsets, leader: 1, leaderEpoch: 0);
        Commit(1);
        // The last read of a load is of the records themselves, behind the partition's search for the batch.
        var (readCount, failsAt) = (0, int.MaxValue);
        world.World.Disk.FailReads(
            path => path.EndsWith(".log", StringComparison.Ordinal) && ++readCount >= failsAt, DiskErrorKind.InputOutput);
        Decide(InternalTopics.ConsumerOffsets, leader: 2, leaderEpoch: 1);
        Decide(InternalTopics.ConsumerOffsets, leader: 1, leaderEpoch: 2);
        Assert.Equal((KafkaError.None, 1), Fetch());
        (readCount, failsAt) = (0, readCount);
        Decide(InternalTopics.ConsumerOffsets, leader: 2, leaderEpoch: 3);
        Decide(InternalTopics.ConsumerOffsets, leader: 1, leaderEpoch: 4);
        Assert.True(world.LogDirs.HasOffline);
        Assert.Equal(KafkaError.NotCoordinator, Fetch().Error);
        world.World.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(failsAt, readCount);
    }

    private void Decide(string topic, int leader, int leaderEpoch)
    {
        var decision = BrokerWorld.Decision(leaderEpoch, partitionEpoch: leaderEpoch, leader: leader);
        decision.TopicStates[0].TopicName = topic;
        decision.TopicStates[0].TopicId = new TopicId(9, (ulong)topic.Length);
        world.World.Await(world.Channel.Send(decision));
        world.World.RunUntilIdle();
    }

    private KafkaError Commit(long offset)
    {
        var committed = new OffsetToCommit { Partition = GroupBench.Orders0, Offset = offset, LeaderEpoch = -1, Metadata = "" };
        return world.World.Await(coordinator.Commit(GroupBench.CommitOf(committed))).Errors[0];
    }

    private (KafkaError Error, long Offset) Fetch()
    {
        var request = new FetchOffsetsRequest { GroupId = GroupBench.Group, Partitions = [GroupBench.Orders0], RequireStable = false };
        var reply = world.World.Await(coordinator.FetchOffsets(request));
        return (reply.Error, reply.Offsets.Count > 0 ? reply.Offsets[0].Offset : -1);
    }
}
