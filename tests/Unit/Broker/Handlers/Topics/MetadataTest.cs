using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Handlers.Topics;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Broker.Metadata;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Topics;

public sealed class MetadataTest
{
    [Fact]
    public void A_missing_topic_is_created_when_broker_and_client_allow_it()
    {
        var admin = new AdminFixture();
        Assert.Equal(KafkaError.UnknownTopicOrPartition, admin.DescribeTopic("orders").ErrorCode);
        Assert.Equal(KafkaError.LeaderNotAvailable, admin.DescribeTopic("orders", allowsCreation: true).ErrorCode);
        admin.Settle();
        Assert.Equal((KafkaError.None, 1), (admin.DescribeTopic("orders").ErrorCode, admin.DescribeTopic("orders").Partitions.Count));
        var strict = new AdminFixture(1, ("auto.create.topics.enable", "false"));
        Assert.Equal(KafkaError.UnknownTopicOrPartition, strict.DescribeTopic("orders", allowsCreation: true).ErrorCode);
    }

    [Fact]
    public void A_broker_that_has_not_heard_who_is_there_says_so_when_it_has()
    {
        var admin = new AdminFixture();
        var metadata = new MetadataCache(admin.Cluster.World.Loops.Create("metadata"));
        var config = BrokerConfig.Parse(new Dictionary<string, string>());
        var handler = new MetadataHandler(metadata, admin.AutoCreation, config, new ClusterId("cluster-id"));
        var asked = admin.Begin(handler, new MetadataRequest { Topics = null });
        admin.Settle();
        Assert.False(asked.IsCompleted);
        admin.Cluster.World.Await(metadata.Apply(MetadataRequests.Update("orders")));
        var answer = admin.Cluster.World.Await(asked)!;
        Assert.Equal((1, 1), (answer.Brokers.Count, answer.Topics.Count));
    }

    [Theory]
    [InlineData("..", KafkaError.InvalidTopicException)]
    [InlineData("", KafkaError.InvalidTopicException)]
    [InlineData("an_x", KafkaError.InvalidTopicException)]
    [InlineData("__cluster_metadata", KafkaError.InvalidTopicException)]
    [InlineData("__transaction_state", KafkaError.InvalidReplicationFactor)]
    public void A_topic_that_cannot_be_made_says_why(string name, KafkaError error)
    {
        var admin = new AdminFixture();
        admin.Create("an.x");
        Assert.Equal(error, admin.DescribeTopic(name, allowsCreation: true).ErrorCode);
    }

    [Fact]
    public void No_topics_named_means_all_of_them_only_where_the_version_says_so()
    {
        var admin = new AdminFixture();
        admin.Create("b");
        admin.Create("a");
        Assert.Equal(["a", "b"], Names(new MetadataRequest { Topics = [], EmptyMeansAll = true }));
        Assert.Equal(["a", "b"], Names(new MetadataRequest { Topics = null }));
        Assert.Empty(Names(new MetadataRequest { Topics = [] }));

        IEnumerable<string?> Names(MetadataRequest request) => admin.Ask(admin.Describe, request).Topics.Select(topic => topic.Name);
    }

    [Fact]
    public void Topics_are_found_by_id_and_an_unknown_id_is_said()
    {
        var admin = new AdminFixture();
        var id = admin.Create("orders").TopicId;
        var unknown = new TopicId(1, 2);
        var response = admin.Ask(admin.Describe, new MetadataRequest
        {
            LooksUpTopicIds = true,
            Topics = [new() { TopicId = id }, new() { TopicId = unknown }, new() { Name = "passed-over" }],
        });
        Assert.Equal(
            [("orders", KafkaError.None), (null, KafkaError.UnknownTopicId)],
            response.Topics.Select(topic => (topic.Name, topic.ErrorCode)));
        var early = admin.Ask(admin.Describe, new MetadataRequest { Topics = [new() { TopicId = id }] });
        Assert.Equal(
            (KafkaError.InvalidRequest, "", 0, -1),
            (early.Topics[0].ErrorCode, early.Topics[0].Name, early.Brokers.Count, early.ControllerId));
    }

    [Fact]
    public void Brokers_controller_and_cluster_are_told_and_operations_when_asked_for()
    {
        var admin = new AdminFixture(3);
        admin.Create("orders");
        var response = admin.Ask(admin.Describe, new MetadataRequest
        {
            Topics = [new() { Name = "orders" }],
            IncludeClusterAuthorizedOperations = true,
            IncludeTopicAuthorizedOperations = true,
        });
        Assert.Equal([1, 2, 3], response.Brokers.Select(broker => broker.NodeId));
        Assert.Equal((1, "cluster-id"), (response.ControllerId, response.ClusterId));
        Assert.Equal((8096, 3576), (response.ClusterAuthorizedOperations, response.Topics[0].TopicAuthorizedOperations));
        Assert.Equal(int.MinValue, admin.Ask(admin.Describe, new MetadataRequest { Topics = [] }).ClusterAuthorizedOperations);
    }

    [Fact]
    public void A_partition_whose_broker_is_gone_has_no_leader()
    {
        var admin = new AdminFixture(2);
        admin.CreateAssigned("orders", (0, [2]), (1, [1]));
        admin.Cluster.KillBroker(2);
        admin.Settle();
        var partitions = admin.DescribeTopic("orders").Partitions;
        Assert.Equal((KafkaError.LeaderNotAvailable, -1), (partitions[0].ErrorCode, partitions[0].LeaderId));
        Assert.Equal([2], partitions[0].OfflineReplicas);
        Assert.Equal((KafkaError.None, 1), (partitions[1].ErrorCode, partitions[1].LeaderId));
    }

    [Fact]
    public void A_client_on_a_listener_that_the_leader_lacks_is_told_so()
    {
        var admin = new AdminFixture();
        admin.Create("orders");
        admin.Listener = "OTHER";
        Assert.Equal(KafkaError.ListenerNotFound, admin.DescribeTopic("orders").Partitions[0].ErrorCode);
        var old = admin.Ask(admin.Describe, new MetadataRequest { Topics = [new() { Name = "orders" }] });
        Assert.Equal((KafkaError.LeaderNotAvailable, 0), (old.Topics[0].Partitions[0].ErrorCode, old.Brokers.Count));
    }

    [Fact]
    public void The_oldest_clients_are_not_told_of_replicas_that_they_cannot_look_up()
    {
        var admin = new AdminFixture(2);
        admin.CreateAssigned("orders", (0, [1, 2]));
        admin.Cluster.KillBroker(2);
        admin.Settle();
        var partition = admin.Ask(
            admin.Describe,
            new MetadataRequest { Topics = [new() { Name = "orders" }], HidesUnreachableReplicas = true }).Topics[0].Partitions[0];
        Assert.Equal(KafkaError.ReplicaNotAvailable, partition.ErrorCode);
        Assert.Equal([1], partition.ReplicaNodes);
    }
}
