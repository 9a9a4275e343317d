using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Topics;

/// <summary>What clients are answered of reassignments; how these go on is the controller's.</summary>
public class ReassignmentHandlersTest
{
    [Fact]
    public void A_reassignment_is_begun_listed_and_cancelled()
    {
        var admin = new AdminFixture(brokerCount: 2);
        admin.CreateAssigned("orders", (0, [1]), (1, [1]));
        var altered = Alter(admin, ("orders", 0, [2]), ("orders", 1, [9]), ("orders", 7, [1]));
        Assert.Equal(KafkaError.None, altered.ErrorCode);
        Assert.Equal(
            [(0, KafkaError.None), (1, KafkaError.InvalidReplicaAssignment), (7, KafkaError.UnknownTopicOrPartition)],
            Assert.Single(altered.Responses).Partitions.Select(partition => (partition.PartitionIndex, partition.ErrorCode)));

        foreach (var listed in (ListPartitionReassignmentsResponse[])[List(admin), List(admin, ("orders", [0, 1, 7]), ("none", [0]))])
        {
            var topic = Assert.Single(listed.Topics);
            var partition = Assert.Single(topic.Partitions);
            Assert.Equal(("orders", 0), (topic.Name, partition.PartitionIndex));
            Assert.Equal([2, 1], partition.Replicas);
            Assert.Equal([2], partition.AddingReplicas);
            Assert.Equal([1], partition.RemovingReplicas);
        }
        Assert.Equal(KafkaError.None, Alter(admin, ("orders", 0, null)).Responses[0].Partitions[0].ErrorCode);
        Assert.Empty(List(admin).Topics);
        var again = Alter(admin, ("orders", 0, null)).Responses[0].Partitions[0];
        Assert.Equal(KafkaError.NoReassignmentInProgress, again.ErrorCode);
    }

    [Fact]
    public void Another_replication_factor_is_refused_where_the_client_says_so()
    {
        var admin = new AdminFixture(brokerCount: 2);
        admin.CreateAssigned("orders", (0, [1]));
        var request = Request(("orders", 0, [1, 2]));
        request.AllowReplicationFactorChange = false;
        var response = admin.Ask(admin.AlterReassignments, request);
        Assert.False(response.AllowReplicationFactorChange);
        Assert.Equal(KafkaError.InvalidReplicationFactor, response.Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void Another_broker_than_the_controller_says_so()
    {
        var admin = new AdminFixture { IsController = false };
        Assert.Equal(KafkaError.NotController, Alter(admin, ("orders", 0, [1])).ErrorCode);
        Assert.Equal(KafkaError.NotController, List(admin).ErrorCode);
    }

    private static AlterPartitionReassignmentsResponse Alter(
        AdminFixture admin, params (string Topic, int Partition, int[]? Replicas)[] wanted)
        => admin.Ask(admin.AlterReassignments, Request(wanted));

    private static AlterPartitionReassignmentsRequest Request(params (string Topic, int Partition, int[]? Replicas)[] wanted) => new()
    {
        Topics = [.. wanted.GroupBy(entry => entry.Topic).Select(
            topic => new AlterPartitionReassignmentsRequest.ReassignableTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(entry => new AlterPartitionReassignmentsRequest.ReassignablePartition
                {
                    PartitionIndex = entry.Partition,
                    Replicas = entry.Replicas is { } replicas ? [.. replicas] : null,
                })],
            })],
    };

    private static ListPartitionReassignmentsResponse List(AdminFixture admin, params (string Topic, int[] Partitions)[] named)
        => admin.Ask(admin.ListReassignments, new ListPartitionReassignmentsRequest
        {
            Topics = named.Length == 0 ? null : [.. named.Select(
                topic => new ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics
                {
                    Name = topic.Topic, PartitionIndexes = [.. topic.Partitions],
                })],
        });
}
