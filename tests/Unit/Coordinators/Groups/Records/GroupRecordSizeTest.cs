using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Replication;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Records;

/// <summary>A group whose record does not fit into a message of its topic, on a partition with a log.</summary>
public class GroupRecordSizeTest
{
    private const int MessageMaxBytes = 2_000;
    private readonly BrokerWorld world = new BrokerWorld(config: LogConfig.Default with { MessageMaxBytes = MessageMaxBytes }).Lead();
    private readonly GroupCoordinator coordinator;

    public GroupRecordSizeTest()
    {
        coordinator = new GroupCoordinator(
            GroupBench.DefaultOptions, partitionCount: 1, world.World.Loops, NoLog.Instance, world.World.NewRandom());
        coordinator.OnElected(new ReplicaLog(world.Partition, CompressionType.None, TimeSpan.FromSeconds(10)), new LeaderEpoch(0));
        world.World.RunUntilIdle();
    }

    [Fact]
    public void Group_too_large_to_be_written_is_joined_and_fails_its_sync_and_goes_on_once_it_is_smaller()
    {
        var joined = Join("", MessageMaxBytes);
        Assert.Equal((KafkaError.None, 1), (joined.Error, joined.GenerationId));
        Assert.Equal(KafkaError.UnknownServerError, Sync(joined).Error);
        Assert.Equal(0, world.Partition.Snapshot.LogEndOffset);

        // The members are called to join again, as after any assignment that was not written.
        Assert.Equal(KafkaError.RebalanceInProgress, Now(coordinator.Heartbeat(GroupBench.HeartbeatOf(joined.MemberId, 1))));
        var rejoined = Join(joined.MemberId, 10);
        Assert.Equal((KafkaError.None, 2), (rejoined.Error, rejoined.GenerationId));
        Assert.Equal(KafkaError.None, Sync(rejoined).Error);
        Assert.Equal(1, world.Partition.Snapshot.LogEndOffset);
    }

    private JoinReply Join(string memberId, int metadataBytes)
    {
        var joining = coordinator.Join(GroupBench.JoinOf(memberId, new MemberProtocol("range", new byte[metadataBytes])));
        world.World.Advance(TimeSpan.FromMilliseconds(1));
        return Now(joining);
    }

    private SyncReply Sync(JoinReply joined) => Now(coordinator.Sync(GroupBench.SyncOf(joined.MemberId, joined.GenerationId) with
    {
        Assignments = new Dictionary<string, byte[]> { [joined.MemberId] = [1] },
    }));

    private T Now<T>(Task<T> task)
    {
        world.World.RunUntilIdle();
        Assert.True(task.IsCompleted, "still waits");
        return task.GetAwaiter().GetResult();
    }
}
