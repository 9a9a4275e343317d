using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Offsets;

namespace KafkaCompatBroker.Broker.Handlers.Offsets;

/// <summary>Deletes a group's offsets of the partitions named, but of no topic that its members are reading. KIP-496.</summary>
public sealed class OffsetDeleteHandler(GroupCoordinator groups, MetadataCache metadata)
    : IHandler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    public async ValueTask<OffsetDeleteResponse?> Handle(OffsetDeleteRequest request, RequestContext context)
    {
        var image = metadata.Image;
        var asked = request.Topics.SelectMany(
            topic => topic.Partitions.Select(partition => new TopicPartition(topic.Name, partition.PartitionIndex))).Distinct().ToList();
        var known = asked.FindAll(image.Contains);
        var reply = await groups.DeleteOffsets(new DeleteOffsetsRequest(request.GroupId, known));
        if (reply.Error != KafkaError.None)
            return new OffsetDeleteResponse { ErrorCode = reply.Error };
        var errors = known.Zip(reply.PartitionErrors).ToDictionary(pair => pair.First, pair => pair.Second);
        return new OffsetDeleteResponse
        {
            Topics = [.. asked.GroupBy(partition => partition.Topic).Select(topic => new OffsetDeleteResponse.OffsetDeleteResponseTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(partition => new OffsetDeleteResponse.OffsetDeleteResponsePartition
                {
                    PartitionIndex = partition.Partition,
                    ErrorCode = errors.GetValueOrDefault(partition, KafkaError.UnknownTopicOrPartition),
                })],
            })],
        };
    }
}
