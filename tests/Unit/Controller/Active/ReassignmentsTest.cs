using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Tests.Unit.Controller.Active;

/// <summary>Reassignments from the request to the last old replica that is deleted. KIP-455.</summary>
public class ReassignmentsTest
{
    private static readonly TopicPartition orders = new("orders", 0);

    [Fact]
    public void New_replicas_follow_first_and_old_ones_go_when_the_new_ones_are_in_sync()
    {
        var cluster = ClusterFixture.Of(4);
        cluster.CreateTopic("orders", [1, 2]);
        var before = cluster.StateOf("orders", 0);
        Assert.Equal(KafkaError.None, Alter(cluster, 3, 4).Error);

        Assert.Equal("[3,4,1,2] +[3,4] -[1,2]", Text(cluster.AssignmentOf("orders", 0)));
        Assert.Equal(before.LeaderEpoch.Value + 1, cluster.StateOf("orders", 0).LeaderEpoch.Value);
        var toldNew = cluster.Brokers[3].Told("orders", 0);
        Assert.Equal((1, true), (toldNew.Leader, toldNew.IsNew));
        Assert.Equal([3, 4], toldNew.AddingReplicas);
        Assert.Equal([1, 2], toldNew.RemovingReplicas);
        Assert.False(cluster.Brokers[2].Told("orders", 0).IsNew);
        Assert.Equal("[3,4,1,2] +[3,4] -[1,2]", Text(Listed(cluster)));

        // One of two is not enough.
        cluster.ChangeIsr("orders", 0, 1, 2, 3);
        Assert.Equal("[3,4,1,2] +[3,4] -[1,2]", Text(cluster.AssignmentOf("orders", 0)));
        cluster.ChangeIsr("orders", 0, 1, 2, 3, 4);
        Assert.Equal("[3,4] +[] -[]", Text(cluster.AssignmentOf("orders", 0)));
        var state = cluster.StateOf("orders", 0);
        Assert.Equal(3, state.Leader.Value);
        Assert.Equal([3, 4], state.Isr.Select(id => id.Value));
        foreach (var old in (int[])[1, 2])
        {
            var deleted = Assert.Single(cluster.Brokers[old].StopReplicas.SelectMany(request => request.TopicStates)
                .SelectMany(topic => topic.PartitionStates), partition => partition.DeletePartition);
            Assert.Equal(0, deleted.PartitionIndex);
        }
        Assert.All(cluster.Brokers.Values, broker => Assert.Equal(3, broker.KnownLeader("orders", 0)));
        Assert.Empty(Listing(cluster));
        Assert.Empty(cluster.Errors);
    }

    [Fact]
    public void A_leader_that_is_among_the_new_replicas_stays_and_learns_of_the_end_under_another_epoch()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [1, 2]);
        Alter(cluster, 1, 3);
        cluster.ChangeIsr("orders", 0, 1, 2, 3);
        var state = cluster.StateOf("orders", 0);
        Assert.Equal(1, state.Leader.Value);
        Assert.Equal([1, 3], state.Isr.Select(id => id.Value));
        Assert.Equal([1, 3], cluster.Brokers[1].Told("orders", 0).Replicas);
        Assert.Equal(state.LeaderEpoch.Value, cluster.Brokers[1].Told("orders", 0).LeaderEpoch);
        Assert.Empty(cluster.Brokers[1].Told("orders", 0).RemovingReplicas);
    }

    [Fact]
    public void Another_order_of_the_same_replicas_is_done_at_once()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("orders", [1, 2]);
        Alter(cluster, 2, 1);
        Assert.Equal("[2,1] +[] -[]", Text(cluster.AssignmentOf("orders", 0)));
        Assert.Equal(1, cluster.StateOf("orders", 0).Leader.Value);
        Assert.DoesNotContain(cluster.Brokers[2].StopReplicas, request => request.TopicStates.Count > 0);
    }

    [Fact]
    public void A_cancelled_reassignment_deletes_what_it_was_adding()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [1, 2]);
        Alter(cluster, 3, 1);
        Assert.Equal(KafkaError.None, Alter(cluster, null).Error);
        Assert.Equal("[1,2] +[] -[]", Text(cluster.AssignmentOf("orders", 0)));
        Assert.Contains(
            cluster.Brokers[3].StopReplicas.SelectMany(request => request.TopicStates).SelectMany(topic => topic.PartitionStates),
            partition => partition.DeletePartition);
        Assert.Empty(Listing(cluster));
        Assert.Equal(KafkaError.NoReassignmentInProgress, Alter(cluster, null).Error);
    }

    [Fact]
    public void A_controller_that_ends_while_it_cancels_leaves_nobody_in_the_isr_who_is_not_assigned()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [2]);
        Alter(cluster, 3, 1);
        cluster.ChangeIsr("orders", 0, 2, 3);
        cluster.Brokers[1].ZooKeeper.Failure = path => path == ZnodePaths.Topic("orders") ? ZkResult.SessionExpired : null;
        var answer = cluster.Ask(() => cluster.Active.Controller!.AlterReassignments(
            new Dictionary<TopicPartition, IReadOnlyList<BrokerId>?> { [orders] = null }, mayChangeReplicationFactor: true));
        Assert.Null(answer);
        cluster.KillBroker(1);
        Assert.Equal([2], cluster.StateOf("orders", 0).Isr.Select(id => id.Value));
        Assert.Equal("[3,1,2] +[3,1] -[2]", Text(Listed(cluster)));
    }

    [Fact]
    public void What_a_kafka_left_in_the_isr_when_it_cancelled_is_deleted_by_the_next_controller()
    {
        var cluster = ClusterFixture.Of(3);
        var id = cluster.CreateTopic("orders", [3, 2], [2]);
        cluster.ChangeIsr("orders", 1, 2, 3);
        // Broker 3 leads one of the partitions, is in the ISR of the other, and the assignment of both is written without it.
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.SetData(ZnodePaths.Topic("orders"), TopicJson.Encode(
            ClusterFixture.Assignment(id, [[2, 1], [2]])))));
        cluster.KillBroker(1);

        Assert.Equal([2], cluster.StateOf("orders", 0).Isr.Select(id => id.Value));
        Assert.Equal(2, cluster.StateOf("orders", 0).Leader.Value);
        Assert.Equal([2], cluster.StateOf("orders", 1).Isr.Select(id => id.Value));
        Assert.Equal(cluster.StateOf("orders", 1).LeaderEpoch.Value, cluster.Brokers[2].Told("orders", 1).LeaderEpoch);
        Assert.Equal([0, 1], cluster.Brokers[3].StopReplicas.SelectMany(request => request.TopicStates)
            .SelectMany(topic => topic.PartitionStates).Where(partition => partition.DeletePartition)
            .Select(partition => partition.PartitionIndex).Order());
        Assert.Empty(cluster.Errors);
    }

    [Fact]
    public void What_is_in_sync_alone_is_not_deleted_although_it_is_not_assigned()
    {
        var cluster = ClusterFixture.Of(3);
        var id = cluster.CreateTopic("orders", [3]);
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.SetData(ZnodePaths.Topic("orders"), TopicJson.Encode(
            ClusterFixture.Assignment(id, [[2]])))));
        cluster.KillBroker(1);
        Assert.Equal([3], cluster.StateOf("orders", 0).Isr.Select(id => id.Value));
        Assert.DoesNotContain(cluster.Brokers[3].StopReplicas, request => request.TopicStates.Count > 0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1, 2)]
    public void A_reassignment_is_not_taken_back_when_only_what_it_adds_is_in_sync(params int[]? back)
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [1, 2]);
        Alter(cluster, 3, 1);
        cluster.ChangeIsr("orders", 0, 3);
        Assert.Equal(KafkaError.InvalidReplicaAssignment, Alter(cluster, back).Error);
        Assert.Equal("[3,1,2] +[3] -[2]", Text(cluster.AssignmentOf("orders", 0)));
        Assert.DoesNotContain(cluster.Brokers[3].StopReplicas, request => request.TopicStates.Count > 0);
        cluster.ChangeIsr("orders", 0, 3, 2);
        Assert.Equal(KafkaError.None, Alter(cluster, back).Error);
        Assert.Equal("[1,2] +[] -[]", Text(cluster.AssignmentOf("orders", 0)));
    }

    [Fact]
    public void A_later_request_replaces_the_one_in_progress()
    {
        var cluster = ClusterFixture.Of(4);
        cluster.CreateTopic("orders", [1]);
        Alter(cluster, 2, 3);
        Alter(cluster, 2, 4);
        Assert.Equal("[2,4,1] +[2,4] -[1]", Text(cluster.AssignmentOf("orders", 0)));
        Assert.Contains(
            cluster.Brokers[3].StopReplicas.SelectMany(request => request.TopicStates).SelectMany(topic => topic.PartitionStates),
            partition => partition.DeletePartition);
        cluster.ChangeIsr("orders", 0, 1, 2, 4);
        Assert.Equal("[2,4] +[] -[]", Text(cluster.AssignmentOf("orders", 0)));
    }

    [Fact]
    public void The_next_controller_goes_on()
    {
        var cluster = ClusterFixture.Of(4);
        cluster.CreateTopic("orders", [2, 3]);
        Alter(cluster, 3, 4);
        cluster.KillBroker(1);
        Assert.Equal("[3,4,2] +[4] -[2]", Text(Listed(cluster)));
        Assert.True(cluster.Brokers[4].Told("orders", 0).IsNew);
        cluster.ChangeIsr("orders", 0, 2, 3, 4);
        Assert.Equal("[3,4] +[] -[]", Text(cluster.AssignmentOf("orders", 0)));
    }

    [Fact]
    public void A_broker_that_comes_is_sent_what_it_is_to_add()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [1, 2]);
        Alter(cluster, 1, 3);
        cluster.KillBroker(3);
        var back = cluster.StartBroker(3);
        Assert.Equal([3], back.Told("orders", 0).AddingReplicas);
        cluster.ChangeIsr("orders", 0, 1, 2, 3);
        Assert.Equal("[1,3] +[] -[]", Text(cluster.AssignmentOf("orders", 0)));
    }

    [Fact]
    public void What_a_tool_writes_into_zookeeper_is_begun_and_taken_out_when_it_is_done()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [1], [1]);
        cluster.CreateTopic("lost", [1]);
        Write(cluster, ("orders", 0, [2]), ("orders", 1, [3]), ("unknown", 0, [2]), ("lost", 0, []));
        Assert.Equal(["orders-0", "orders-1"], Wanted(cluster));
        Assert.Equal("[1] +[] -[]", Text(cluster.AssignmentOf("lost", 0)));
        var epoch = cluster.StateOf("orders", 1).LeaderEpoch;
        cluster.ChangeIsr("orders", 0, 1, 2);
        Assert.Equal(["orders-1"], Wanted(cluster));
        // The list was written again, and what is left of it is not begun again.
        Assert.Equal(epoch, cluster.StateOf("orders", 1).LeaderEpoch);
        cluster.ChangeIsr("orders", 1, 1, 3);
        Assert.False(cluster.Exists(ZnodePaths.ReassignPartitions));
        Assert.Equal("[2] +[] -[]", Text(cluster.AssignmentOf("orders", 0)));

        // The next one is heard too.
        Write(cluster, ("orders", 0, [3]));
        cluster.ChangeIsr("orders", 0, 2, 3);
        Assert.Equal("[3] +[] -[]", Text(cluster.AssignmentOf("orders", 0)));
        Assert.False(cluster.Exists(ZnodePaths.ReassignPartitions));
    }

    [Fact]
    public void A_request_takes_its_partitions_out_of_what_a_tool_has_written()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [1], [1]);
        Write(cluster, ("orders", 0, [2]), ("orders", 1, [2]));
        Alter(cluster, 3);
        Assert.Equal(["orders-1"], Wanted(cluster));
        Assert.Equal("[3,1] +[3] -[1]", Text(cluster.AssignmentOf("orders", 0)));
    }

    [Fact]
    public void A_tools_request_that_was_written_without_a_controller_is_begun_by_the_next()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("orders", [2]);
        var held = cluster.Brokers[1];
        cluster.World.Await(held.Session.Close());
        held.IsDead = true;
        cluster.Brokers.Remove(1);
        Write(cluster, ("orders", 0, [2]));
        Assert.True(cluster.Brokers[2].Controller!.IsActive);
        Assert.False(cluster.Exists(ZnodePaths.ReassignPartitions));
    }

    [Fact]
    public void A_topic_is_deleted_only_when_its_reassignment_is_over()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [1, 2]);
        Alter(cluster, 1, 3);
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.Create(ZnodePaths.DeleteTopic("orders"), null)));
        Assert.True(cluster.Exists(ZnodePaths.Topic("orders")));
        Assert.Equal(KafkaError.UnknownTopicOrPartition, Alter(cluster, 2, 3).Error);
        cluster.ChangeIsr("orders", 0, 1, 2, 3);
        Assert.False(cluster.Exists(ZnodePaths.Topic("orders")));
        Assert.Empty(Listing(cluster));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("orders", [1]);
        Assert.Equal(KafkaError.InvalidReplicaAssignment, Alter(cluster, []).Error);
        Assert.Equal(KafkaError.InvalidReplicaAssignment, Alter(cluster, 2, 2).Error);
        Assert.Equal(KafkaError.InvalidReplicaAssignment, Alter(cluster, -2).Error);
        Assert.Equal(KafkaError.InvalidReplicaAssignment, Alter(cluster, 9).Error);
        Assert.Equal(KafkaError.InvalidReplicationFactor, Alter(cluster, [1, 2], mayChangeReplicationFactor: false).Error);
        var unknown = cluster.Ask(() => cluster.Active.Controller!.AlterReassignments(
            new Dictionary<TopicPartition, IReadOnlyList<BrokerId>?> { [new("unknown", 0)] = [new BrokerId(1)] }, true));
        Assert.Equal(KafkaError.UnknownTopicOrPartition, unknown![new("unknown", 0)].Error);
        Assert.Equal("[1] +[] -[]", Text(cluster.AssignmentOf("orders", 0)));
    }

    [Fact]
    public void Who_is_not_controller_answers_nothing()
    {
        var cluster = ClusterFixture.Of(2);
        var other = cluster.Brokers[2].Controller!;
        Assert.Null(cluster.Ask(() => other.ListReassignments(null)));
        Assert.Null(cluster.Ask(() => other.AlterReassignments(new Dictionary<TopicPartition, IReadOnlyList<BrokerId>?>(), true)));
    }

    private static ReassignmentResult Alter(ClusterFixture cluster, params int[]? replicas)
        => Alter(cluster, replicas, mayChangeReplicationFactor: true);

    private static ReassignmentResult Alter(ClusterFixture cluster, int[]? replicas, bool mayChangeReplicationFactor)
    {
        IReadOnlyList<BrokerId>? target = replicas is null ? null : [.. replicas.Select(id => new BrokerId(id))];
        var results = cluster.Ask(() => cluster.Active.Controller!.AlterReassignments(
            new Dictionary<TopicPartition, IReadOnlyList<BrokerId>?> { [orders] = target }, mayChangeReplicationFactor));
        cluster.World.RunUntilIdle();
        return results![orders];
    }

    private static IReadOnlyDictionary<TopicPartition, ReplicaAssignment> Listing(ClusterFixture cluster)
        => cluster.Ask(() => cluster.Active.Controller!.ListReassignments(null))!;

    private static ReplicaAssignment Listed(ClusterFixture cluster) => Assert.Single(Listing(cluster)).Value;

    private static void Write(ClusterFixture cluster, params (string Topic, int Partition, int[] Replicas)[] wanted)
        => cluster.Run(() => cluster.Admin.Apply(new ZkOp.Create(ZnodePaths.ReassignPartitions, PartitionListJson.Encode(
            wanted.Select(entry => KeyValuePair.Create<TopicPartition, IReadOnlyList<BrokerId>>(
                new(entry.Topic, entry.Partition), [.. entry.Replicas.Select(id => new BrokerId(id))]))))));

    private static IEnumerable<string> Wanted(ClusterFixture cluster)
        => PartitionListJson.DecodeReassignments(
            cluster.World.Await(cluster.Admin.GetData(ZnodePaths.ReassignPartitions)).Data).Keys.Select(name => name.ToString()).Order();

    private static string Text(ReplicaAssignment assignment)
        => $"[{string.Join(',', assignment.Replicas)}] +[{string.Join(',', assignment.Adding)}] -[{string.Join(',', assignment.Removing)}]";
}
