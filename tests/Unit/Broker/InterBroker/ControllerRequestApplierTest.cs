using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Broker.Metadata;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

public sealed class ControllerRequestApplierTest
{
    private static readonly TopicPartition partition = new("orders", 0);
    private readonly CommandedBroker broker = new();

    [Fact]
    public void A_new_partitions_log_is_made_with_its_topics_settings()
    {
        broker.CreateTopic("orders", retentionMs: "1234");
        var response = broker.Cluster.Ask(() => broker.Applier.Apply(CommandedBroker.Lead("orders")));
        Assert.Equal(KafkaError.None, response.Topics.Single().PartitionErrors.Single().ErrorCode);
        Assert.Equal(1234, broker.LogDirs.Find(partition)!.Config.RetentionMs);
    }

    [Fact]
    public void A_controller_that_names_partitions_one_by_one_has_their_logs_made_with_their_topics_settings_too()
    {
        broker.CreateTopic("orders", retentionMs: "1234");
        var request = CommandedBroker.Lead("orders");
        var state = request.TopicStates.Single().PartitionStates.Single();
        state.TopicName = "orders";
        (request.TopicStates, request.UngroupedPartitionStates) = ([], [state]);
        broker.Cluster.Ask(() => broker.Applier.Apply(request));
        Assert.Equal(1234, broker.LogDirs.Find(partition)!.Config.RetentionMs);
    }

    [Fact]
    public void A_request_whose_settings_cannot_be_read_has_no_answer_and_changes_nothing()
    {
        broker.CreateTopic("orders", retentionMs: "1234");
        broker.ZooKeeper.Failure = _ => ZkResult.ConnectionLoss;
        Assert.Throws<ZooKeeperFailed>(() => broker.Cluster.Ask(() => broker.Applier.Apply(CommandedBroker.Lead("orders"))));
        Assert.Null(broker.Replicas.Find(partition));
        Assert.Null(broker.LogDirs.Find(partition));
    }

    [Fact]
    public void Metadata_of_an_old_controller_are_refused_whatever_kind_of_request_the_new_one_came_with()
    {
        broker.Cluster.Ask(() => broker.Applier.Apply(new StopReplicaRequest { ControllerEpoch = 2 }));
        Assert.Equal(KafkaError.StaleControllerEpoch, Apply(MetadataRequests.Update("orders")).ErrorCode);
        Assert.False(broker.Metadata.Image.TryGetTopic("orders", out _));
    }

    [Fact]
    public void Metadata_for_an_earlier_registration_of_the_broker_are_refused()
    {
        broker.Replicas.Requests.Fence.Register(new BrokerEpoch(10));
        var request = MetadataRequests.Update("orders");
        request.BrokerEpoch = 9;
        Assert.Equal(KafkaError.StaleBrokerEpoch, Apply(request).ErrorCode);
        Assert.False(broker.Metadata.Image.TryGetTopic("orders", out _));
        request.BrokerEpoch = 10;
        Assert.Equal(KafkaError.None, Apply(request).ErrorCode);
        Assert.True(broker.Metadata.Image.TryGetTopic("orders", out _));
    }

    [Fact]
    public void The_settings_of_a_deleted_topic_are_forgotten()
    {
        var defaults = broker.TopicConfigs.Of("orders");
        broker.TopicConfigs.Put("orders", new Dictionary<string, string> { ["retention.ms"] = "1234" });
        Apply(MetadataRequests.Update("orders"));
        Assert.Equal(1234, broker.TopicConfigs.Of("orders").RetentionMs);
        Apply(MetadataRequests.Update("orders", leader: -2));
        Assert.Same(defaults, broker.TopicConfigs.Of("orders"));
    }

    [Fact]
    public void A_replica_that_is_to_be_deleted_leaves_no_log()
    {
        broker.Cluster.Ask(() => broker.Applier.Apply(CommandedBroker.Lead("orders")));
        var response = broker.Cluster.Ask(() => broker.Applier.Apply(new StopReplicaRequest
        {
            ControllerEpoch = 1,
            TopicStates =
            [
                new() { TopicName = "orders", PartitionStates = [new() { PartitionIndex = 0, LeaderEpoch = -2, DeletePartition = true }] },
            ],
        }));
        Assert.Equal(KafkaError.None, response.PartitionErrors.Single().ErrorCode);
        Assert.Null(broker.LogDirs.Find(partition));
    }

    private UpdateMetadataResponse Apply(UpdateMetadataRequest request) => broker.Cluster.Ask(() => broker.Applier.Apply(request));
}
