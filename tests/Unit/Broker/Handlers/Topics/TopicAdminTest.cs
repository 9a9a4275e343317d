using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Topics;

public sealed class TopicAdminTest
{
    [Fact]
    public void A_deleted_topic_is_gone_when_the_client_hears_of_it()
    {
        var admin = new AdminFixture();
        admin.Create("orders");
        Assert.Equal(KafkaError.None, Delete(admin, new DeleteTopicsRequest { TopicNames = ["orders"], TimeoutMs = 5000 }).ErrorCode);
        Assert.Equal(KafkaError.UnknownTopicOrPartition, admin.DescribeTopic("orders").ErrorCode);
        Assert.Equal(
            KafkaError.UnknownTopicOrPartition, Delete(admin, new DeleteTopicsRequest { TopicNames = [".."], TimeoutMs = 5000 }).ErrorCode);
    }

    [Fact]
    public void A_topic_is_deleted_by_id_and_its_name_is_told()
    {
        var admin = new AdminFixture();
        var id = admin.Create("orders").TopicId;
        Assert.Equal(
            KafkaError.InvalidRequest,
            Delete(admin, new DeleteTopicsRequest { Topics = [new() { Name = "orders", TopicId = id }], TimeoutMs = 5000 }).ErrorCode);
        Assert.Equal(
            KafkaError.UnknownTopicId,
            Delete(admin, new DeleteTopicsRequest { Topics = [new() { TopicId = new TopicId(1, 2) }], TimeoutMs = 5000 }).ErrorCode);
        Assert.Equal(
            KafkaError.TopicAuthorizationFailed, Delete(admin, new DeleteTopicsRequest { Topics = [new()], TimeoutMs = 5000 }).ErrorCode);
        var deleted = Delete(admin, new DeleteTopicsRequest { Topics = [new() { TopicId = id }], TimeoutMs = 5000 });
        Assert.Equal((KafkaError.None, "orders", id), (deleted.ErrorCode, deleted.Name, deleted.TopicId));
    }

    [Fact]
    public void Deletion_that_is_switched_off_or_asked_elsewhere_is_refused()
    {
        var admin = new AdminFixture(1, ("delete.topic.enable", "false"));
        admin.Create("orders");
        Assert.Equal(KafkaError.InvalidRequest, Delete(admin, new DeleteTopicsRequest { TopicNames = ["orders"] }).ErrorCode);
        Assert.Equal(
            KafkaError.TopicDeletionDisabled,
            Delete(admin, new DeleteTopicsRequest { TopicNames = ["orders"], KnowsDeletionDisabled = true }).ErrorCode);
        admin.IsController = false;
        Assert.Equal(KafkaError.NotController, Delete(admin, new DeleteTopicsRequest { TopicNames = ["orders"] }).ErrorCode);
    }

    [Fact]
    public void A_client_that_does_not_wait_for_a_deletion_is_told_so()
    {
        var admin = new AdminFixture();
        admin.Create("orders");
        Assert.Equal(
            KafkaError.RequestTimedOut, Delete(admin, new DeleteTopicsRequest { TopicNames = ["orders"], TimeoutMs = 0 }).ErrorCode);
        admin.Settle();
        admin.Settle();
        Assert.Equal(KafkaError.UnknownTopicOrPartition, admin.DescribeTopic("orders").ErrorCode);
    }

    [Fact]
    public void Added_partitions_have_leaders_when_the_client_hears_of_them()
    {
        var admin = new AdminFixture(3);
        admin.Create("orders", 2, 2);
        Assert.Equal((KafkaError.None, null), Add(admin, "orders", 5));
        var partitions = admin.DescribeTopic("orders").Partitions;
        Assert.Equal(5, partitions.Count);
        Assert.All(partitions, partition => Assert.Equal((KafkaError.None, 2), (partition.ErrorCode, partition.ReplicaNodes.Count)));
        Assert.Equal((KafkaError.None, null), Add(admin, "orders", 6, [[3, 1]]));
        Assert.Equal([3, 1], admin.DescribeTopic("orders").Partitions[5].ReplicaNodes);
    }

    [Fact]
    public void Partitions_that_cannot_be_added_are_refused_in_Kafkas_words()
    {
        var admin = new AdminFixture(2);
        admin.Create("t", 1, 1);
        Assert.Equal((KafkaError.InvalidPartitions, "Topic already has 1 partitions."), Add(admin, "t", 1));
        Assert.Equal(
            (KafkaError.InvalidPartitions, "Topic currently has 1 partitions, which is higher than the requested 0."), Add(admin, "t", 0));
        Assert.Equal((KafkaError.UnknownTopicOrPartition, "The topic 'x' does not exist."), Add(admin, "x", 2));
        Assert.Equal(
            (KafkaError.InvalidReplicaAssignment, "Increasing the number of partitions by 1 but 2 assignments provided."),
            Add(admin, "t", 2, [[1], [1]]));
        Assert.Equal((KafkaError.InvalidReplicaAssignment, "Unknown broker(s) in replica assignment: 5."), Add(admin, "t", 2, [[5]]));
        Assert.Equal(
            (KafkaError.InvalidReplicaAssignment, "Duplicate brokers not allowed in replica assignment: 1, 1 for partition id 1."),
            Add(admin, "t", 2, [[1, 1]]));
        Assert.Equal(
            (KafkaError.InvalidReplicaAssignment, "Cannot have replication factor of 0 for partition id 1."), Add(admin, "t", 2, [[]]));
        Assert.Equal(KafkaError.InvalidReplicaAssignment, Add(admin, "t", 2, [[1, 2]]).Error);
        Assert.Equal((KafkaError.None, null), Add(admin, "t", 2, validateOnly: true));
        Assert.Single(admin.DescribeTopic("t").Partitions);
    }

    [Fact]
    public void Pages_of_partitions_join_without_gap_or_overlap()
    {
        var admin = new AdminFixture();
        admin.Create("a", 3);
        admin.Create("b", 4);
        var seen = new List<string>();
        var request = new DescribeTopicPartitionsRequest { ResponsePartitionLimit = 2 };
        for (var page = 0; page < 10; page++)
        {
            var response = admin.Ask(admin.DescribeTopicPartitions, request);
            seen.AddRange(
                response.Topics.SelectMany(topic => topic.Partitions.Select(partition => $"{topic.Name}{partition.PartitionIndex}")));
            if (response.NextCursor is null)
                break;
            request.Cursor = new() { TopicName = response.NextCursor.TopicName, PartitionIndex = response.NextCursor.PartitionIndex };
        }
        Assert.Equal(["a0", "a1", "a2", "b0", "b1", "b2", "b3"], seen);
        var missing = admin.Ask(
            admin.DescribeTopicPartitions,
            new DescribeTopicPartitionsRequest { Topics = [new() { Name = "nope" }, new() { Name = ".." }] });
        Assert.Equal(
            [KafkaError.InvalidTopicException, KafkaError.UnknownTopicOrPartition], missing.Topics.Select(topic => topic.ErrorCode));
    }
    [Fact]
    public void Partitions_that_were_added_a_moment_ago_and_have_no_log_yet_take_descriptors_from_those_created_next()
    {
        var admin = new AdminFixture { OpenFiles = 7_490 };
        admin.Create("orders");
        admin.IsDeaf = true;
        Assert.Equal(KafkaError.RequestTimedOut, Add(admin, "orders", 9).Error);
        Assert.Equal(KafkaError.PolicyViolation, admin.Create("three", 3, 1).ErrorCode);
        Assert.Equal(KafkaError.PolicyViolation, Add(admin, "orders", 12).Error);
        Assert.Equal(KafkaError.RequestTimedOut, admin.Create("two", 2, 1).ErrorCode);
        Assert.Equal(KafkaError.PolicyViolation, Add(admin, "orders", 10).Error);
    }

    private static DeleteTopicsResponse.DeletableTopicResult Delete(AdminFixture admin, DeleteTopicsRequest request)
        => Assert.Single(admin.Ask(admin.DeleteTopics, request).Responses);

    private static (KafkaError Error, string? Message) Add(
        AdminFixture admin, string topic, int count, int[][]? assignments = null, bool validateOnly = false)
    {
        var result = Assert.Single(admin.Ask(admin.CreatePartitions, new CreatePartitionsRequest
        {
            TimeoutMs = 1000,
            ValidateOnly = validateOnly,
            Topics =
            [
                new()
                {
                    Name = topic,
                    Count = count,
                    Assignments = assignments?.Select(
                        replicas => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [.. replicas] }).ToList(),
                },
            ],
        }).Results);
        return (result.ErrorCode, result.ErrorMessage);
    }
}
