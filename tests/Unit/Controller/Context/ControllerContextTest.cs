using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Controller.Context;

public sealed class ControllerContextTest
{
    private static readonly TopicPartition partition = new("orders", 0);
    private static readonly Replica replica = new(partition, new BrokerId(1));
    private static readonly LeaderAndIsr leadership = new(
        new BrokerId(1), new LeaderEpoch(0), [new BrokerId(1)], LeaderRecoveryState.Recovered, new PartitionEpoch(0),
        new ControllerEpoch(1));

    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly ControllerContext context;

    public ControllerContextTest()
    {
        loop = world.Loops.Create("coordination");
        context = new ControllerContext(loop);
    }

    [Fact]
    public void A_change_from_another_loop_fails()
    {
        OnLoop(AddOrders);
        Assert.All<Action>(
            [
                () => context.AddTopic("other", TopicId.Zero),
                () => context.SetAssignment(partition, ReplicaAssignment.Of([])),
                () => context.SetLeadership(partition, leadership),
                () => context.SetState(partition, PartitionState.Online),
                () => context.SetState(replica, ReplicaState.Online),
                () => context.RemoveTopic("orders"),
                () => context.Brokers.Add(new LiveBroker(ClusterFixture.Info(2), new BrokerEpoch(2))),
                () => context.Brokers.Remove(new BrokerId(1)),
                () => context.Brokers.SetServed(replica),
                () => context.Brokers.SetRefused(replica, KafkaError.KafkaStorageError),
                () => context.Brokers.SetInFailedLogDir(replica),
                () => context.Brokers.ForgetTopic("orders"),
                () => context.ToBeDeleted.Add("orders"),
                () => context.ToBeDeleted.SetIneligible("orders"),
                () => context.ToBeDeleted.SetEligible(["orders"]),
                () => context.ToBeDeleted.Begin("orders"),
                () => context.ToBeDeleted.Remove("orders"),
            ],
            change => Assert.Contains("loop.IsCurrent", Assert.Throws<InvariantViolation>(change).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_partition_without_assignment_gets_no_leadership()
        => Assert.Throws<InvariantViolation>(() => OnLoop(() => context.SetLeadership(partition, leadership)));

    [Fact]
    public void A_removed_topic_leaves_nothing_behind_for_another_of_its_name()
    {
        OnLoop(() =>
        {
            AddOrders();
            context.SetLeadership(partition, leadership);
            context.SetState(partition, PartitionState.Online);
            context.SetState(replica, ReplicaState.Online);
            context.Brokers.SetInFailedLogDir(replica);
            context.Brokers.SetRefused(replica, KafkaError.KafkaStorageError);
            context.ToBeDeleted.Add("orders");
            context.ToBeDeleted.SetIneligible("orders");
            context.ToBeDeleted.Begin("orders");
            context.RemoveTopic("orders");
            AddOrders();
        });
        Assert.Null(context.LeadershipOf(partition));
        Assert.Equal((PartitionState.NonExistent, ReplicaState.NonExistent), (context.StateOf(partition), context.StateOf(replica)));
        Assert.True(context.Brokers.IsOnline(replica));
        Assert.False(context.ToBeDeleted.Contains("orders"));
        Assert.False(context.ToBeDeleted.IsIneligible("orders"));
        OnLoop(() =>
        {
            Assert.True(context.Brokers.SetRefused(replica, KafkaError.KafkaStorageError));
            context.ToBeDeleted.Add("orders");
            Assert.True(context.ToBeDeleted.Begin("orders"));
        });
    }

    [Fact]
    public void Partitions_of_a_topic_to_be_deleted_wait_for_no_leader()
    {
        OnLoop(() =>
        {
            AddOrders();
            context.SetLeadership(partition, leadership);
            context.SetState(partition, PartitionState.Offline);
            context.Brokers.Remove(new BrokerId(1));
        });
        Assert.Equal([partition], context.PartitionsWithoutLeader);
        Assert.Equal([partition], context.PartitionsWithOfflineLeader);
        OnLoop(() => context.ToBeDeleted.Add("orders"));
        Assert.Empty(context.PartitionsWithoutLeader);
        Assert.Empty(context.PartitionsWithOfflineLeader);
    }

    private void AddOrders()
    {
        if (!context.Brokers.IsLive(new BrokerId(1)))
            context.Brokers.Add(new LiveBroker(ClusterFixture.Info(1), new BrokerEpoch(1)));
        context.AddTopic("orders", new TopicId(1, 1));
        context.SetAssignment(partition, ReplicaAssignment.Of([new BrokerId(1)]));
    }

    private void OnLoop(Action action) => world.Await(loop.Ask(() =>
    {
        action();
        return true;
    }));
}
