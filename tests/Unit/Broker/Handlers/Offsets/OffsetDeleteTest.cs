using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Offsets;

/// <summary>KIP-496.</summary>
public class OffsetDeleteTest
{
    private readonly OffsetsFixture fixture = new();

    [Fact]
    public void Offsets_are_deleted_and_partitions_that_do_not_exist_refused()
    {
        fixture.Ask(fixture.Commit, OffsetsFixture.CommitOf("orders", (0, 10), (1, 11)));
        var response = fixture.Ask(fixture.Delete, DeleteOf(0, 9));
        var topic = Assert.Single(response.Topics);
        Assert.Equal(
            [(0, KafkaError.None), (9, KafkaError.UnknownTopicOrPartition)],
            topic.Partitions.Select(partition => (partition.PartitionIndex, partition.ErrorCode)));
        Assert.Equal(-1, fixture.Bench.Fetch().Offset);
        Assert.Equal(11, fixture.Bench.Fetch(new TopicPartition("orders", 1)).Offset);
    }

    [Fact]
    public void Error_of_the_group_stands_alone()
    {
        var response = fixture.Ask(fixture.Delete, DeleteOf(0));
        Assert.Equal((KafkaError.GroupIdNotFound, 0), (response.ErrorCode, response.Topics.Count));
    }

    private static OffsetDeleteRequest DeleteOf(params int[] partitions)
    {
        var request = new OffsetDeleteRequest { GroupId = GroupBench.Group };
        var topic = new OffsetDeleteRequest.OffsetDeleteRequestTopic { Name = "orders" };
        topic.Partitions.AddRange(partitions.Select(
            partition => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = partition }));
        request.Topics.Add(topic);
        return request;
    }
}
