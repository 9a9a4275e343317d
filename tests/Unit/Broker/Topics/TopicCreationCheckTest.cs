using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Tests.Unit.Broker.Metadata;

namespace KafkaCompatBroker.Tests.Unit.Broker.Topics;

/// <summary>One live broker, and the settings' defaults but for two partitions per topic.</summary>
public sealed class TopicCreationCheckTest
{
    private static readonly MetadataImage image = MetadataImage.Empty.After(MetadataRequests.Update("other"));
    private readonly TopicCreationCheck check = new(
        BrokerConfig.Parse(new Dictionary<string, string> { ["num.partitions"] = "2", ["offsets.topic.num.partitions"] = "3" }));

    [Fact]
    public void Counts_that_are_not_given_are_the_brokers_and_an_internal_topic_has_its_own()
    {
        Assert.Equal(2, check.PartitionCountOf(new TopicToCreate { Name = "orders" }));
        Assert.Equal(5, check.PartitionCountOf(new TopicToCreate { Name = "orders", PartitionCount = 5 }));
        Assert.Equal(3, check.PartitionCountOf(new TopicToCreate { Name = "__consumer_offsets" }));
        Assert.Equal(1, check.ReplicationFactorOf(new TopicToCreate { Name = "orders" }));
    }

    [Fact]
    public void Settings_are_looked_at_before_counts_and_counts_before_the_name()
    {
        var topic = new TopicToCreate { Name = "..", PartitionCount = 0, Settings = [new("retention.ms", null)] };
        Assert.Equal(KafkaError.InvalidConfig, check.OfRequest(topic, image)!.Error);
        topic = topic with { Settings = [] };
        Assert.Equal(KafkaError.InvalidPartitions, check.OfRequest(topic, image)!.Error);
        topic = topic with { PartitionCount = 1, ReplicationFactor = 2 };
        Assert.Equal(KafkaError.InvalidReplicationFactor, check.OfRequest(topic, image)!.Error);
        topic = topic with { ReplicationFactor = 1 };
        Assert.Equal(KafkaError.InvalidTopicException, check.OfRequest(topic, image)!.Error);
        Assert.Null(check.OfRequest(topic with { Name = "orders" }, image));
    }

    [Fact]
    public void An_internal_topic_cannot_have_other_than_its_own_count_of_partitions()
        => Assert.Equal(
            KafkaError.InvalidPartitions,
            check.OfRequest(new TopicToCreate { Name = "__consumer_offsets", PartitionCount = 4 }, image)!.Error);

    [Fact]
    public void Of_the_replicas_that_the_asker_chose_one_is_of_a_live_broker()
    {
        var topic = new TopicToCreate
        {
            Name = "orders",
            Assignment = new Dictionary<int, IReadOnlyList<BrokerId>> { [0] = [new BrokerId(9)] },
        };
        Assert.Equal(
            "No broker in the replica assignment is alive for partition(s): 0.",
            check.OfAssignment(topic, topic.Assignment, image)!.Message);
    }
}
