using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Metadata;

public sealed class MetadataImageTest
{
    [Fact]
    public void Brokers_and_controller_are_replaced_and_partitions_merged_in()
    {
        var image = MetadataImage.Empty.After(MetadataRequests.Update("orders"))
            .After(new UpdateMetadataRequest { ControllerId = -1, LiveBrokers = [new() { Id = 2 }] })
            .After(MetadataRequests.Update("orders", partition: 1));
        Assert.Equal([1], image.Brokers.Select(broker => broker.Id.Value));
        Assert.Equal(new BrokerId(1), image.Controller);
        Assert.True(image.Contains(new TopicPartition("orders", 0)));
        Assert.True(image.Contains(new TopicPartition("orders", 1)));
    }

    [Fact]
    public void Without_a_controller_there_is_none()
        => Assert.Equal(BrokerId.None, MetadataImage.Empty.After(new UpdateMetadataRequest { ControllerId = -1 }).Controller);

    [Fact]
    public void A_topic_goes_with_the_last_of_its_partitions_and_is_not_found_by_its_id_any_more()
    {
        var image = MetadataImage.Empty.After(MetadataRequests.Update("orders")).After(MetadataRequests.Update("orders", partition: 1));
        image = image.After(MetadataRequests.Update("orders", leader: -2));
        Assert.True(image.TryGetTopic(MetadataRequests.Id, out var topic));
        Assert.Equal([1], topic.Partitions.Keys);
        Assert.Equal(1, image.PartitionCount);
        image = image.After(MetadataRequests.Update("orders", leader: -2, partition: 1));
        Assert.Equal(0, image.PartitionCount);
        Assert.False(image.TryGetTopic("orders", out _));
        Assert.False(image.TryGetTopic(MetadataRequests.Id, out _));
    }

    [Fact]
    public void A_topic_created_again_is_found_by_its_new_id_alone()
    {
        var image = MetadataImage.Empty.After(MetadataRequests.Update("orders"))
            .After(MetadataRequests.Update("orders", id: new TopicId(8, 8)));
        Assert.False(image.TryGetTopic(MetadataRequests.Id, out _));
        Assert.True(image.TryGetTopic(new TopicId(8, 8), out _));
    }

    [Fact]
    public void A_topic_has_its_leaders_when_each_of_so_many_partitions_has_one()
    {
        var image = MetadataImage.Empty.After(MetadataRequests.Update("orders"));
        Assert.True(image.HasLeaders("orders", 1));
        Assert.False(image.HasLeaders("orders", 2));
        image = image.After(MetadataRequests.Update("orders", leader: -1, partition: 1));
        Assert.False(image.HasLeaders("orders", 2));
        Assert.False(image.HasLeaders("absent", 0));
    }
}
