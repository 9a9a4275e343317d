using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Offsets;

namespace KafkaCompatBroker.Broker.Handlers.Offsets;

/// <summary>
/// Reads committed offsets of one group or, in newer versions, of several, by topic name or id; the oldest clients' from ZooKeeper. What
/// was never committed is offset −1 without an error. A group or a partition that is named again is answered once: a few bytes of a request
/// would bring kilobytes of metadata each time. KIP-709, KIP-848.
/// </summary>
public sealed class OffsetFetchHandler(GroupCoordinator groups, MetadataCache metadata, ZooKeeperOffsets zooKeeperOffsets)
    : IHandler<OffsetFetchRequest, OffsetFetchResponse>
{
    public async ValueTask<OffsetFetchResponse?> Handle(OffsetFetchRequest request, RequestContext context)
    {
        if (request.InZooKeeper)
            return await FetchFromZooKeeper(request);
        if (!request.Batched)
            return await FetchOne(request);
        var response = new OffsetFetchResponse();
        foreach (var group in Distinct(request.Groups))
            response.Groups.Add(await FetchGroup(group, request));
        return response;
    }

    private static IEnumerable<OffsetFetchRequest.OffsetFetchRequestGroup> Distinct(
        List<OffsetFetchRequest.OffsetFetchRequestGroup> groups)
    {
        if (groups.Count < 2)
            return groups;
        return groups.GroupBy(group => group.GroupId, StringComparer.Ordinal).Select(same =>
        {
            var first = same.First();
            first.Topics = same.Any(group => group.Topics is null) ? null : [.. same.SelectMany(group => group.Topics!)];
            return first;
        });
    }

    private async Task<OffsetFetchResponse> FetchOne(OffsetFetchRequest request)
    {
        var partitions = request.Topics is null ? null : Partitions(request.Topics);
        var reply = await Fetch(request.GroupId, partitions, request);
        if (reply.Error == KafkaError.None)
            return new OffsetFetchResponse { Topics = ByTopic(reply.Offsets) };
        // Without a field for the group's error each partition carries it; an empty answer would read as "nothing committed".
        return request.TakesTopLevelError
            ? new OffsetFetchResponse { ErrorCode = reply.Error }
            : new OffsetFetchResponse { Topics = ByTopic(partitions!.Select(partition => FetchedOffset.None(partition, reply.Error))) };
    }

    private Task<FetchOffsetsReply> Fetch(string groupId, List<TopicPartition>? partitions, OffsetFetchRequest request)
        => groups.FetchOffsets(
            new FetchOffsetsRequest { GroupId = groupId, Partitions = partitions, RequireStable = request.RequireStable });

    private async Task<OffsetFetchResponse> FetchFromZooKeeper(OffsetFetchRequest request)
    {
        var offsets = new List<FetchedOffset>();
        foreach (var partition in Partitions(request.Topics ?? []))
        {
            var offset = metadata.Image.Contains(partition) ? await zooKeeperOffsets.Fetch(request.GroupId, partition) : null;
            offsets.Add(offset is { } committed
                ? new FetchedOffset { Partition = partition, Offset = committed }
                : FetchedOffset.None(partition, KafkaError.UnknownTopicOrPartition));
        }
        return new OffsetFetchResponse { Topics = ByTopic(offsets) };
    }

    private async Task<OffsetFetchResponse.OffsetFetchResponseGroup> FetchGroup(
        OffsetFetchRequest.OffsetFetchRequestGroup group, OffsetFetchRequest request)
    {
        var answer = new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = group.GroupId };
        var image = metadata.Image;
        var partitions = group.Topics is null ? null : new List<TopicPartition>();
        foreach (var topic in group.Topics ?? [])
        {
            var name = request.UsesTopicIds ? (image.TryGetTopic(topic.TopicId, out var known) ? known.Name : null) : topic.Name;
            if (name is null)
                answer.Topics.Add(Unknown(topic));
            else
                partitions!.AddRange(topic.PartitionIndexes.Select(partition => new TopicPartition(name, partition)));
        }
        var reply = await Fetch(group.GroupId, partitions?.Distinct().ToList(), request);
        if (reply.Error != KafkaError.None)
            return new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = group.GroupId, ErrorCode = reply.Error };
        foreach (var topic in reply.Offsets.GroupBy(offset => offset.Partition.Topic))
        {
            // A topic that has gone since its offsets were committed has no id to be told by.
            var id = image.TryGetTopic(topic.Key, out var known) ? known.Id : TopicId.Zero;
            if (!request.UsesTopicIds || !id.IsZero)
                answer.Topics.Add(Answer(topic.Key, id, topic));
        }
        return answer;
    }

    private static OffsetFetchResponse.OffsetFetchResponseTopics Answer(string name, TopicId id, IEnumerable<FetchedOffset> offsets)
        => new()
    {
        Name = name,
        TopicId = id,
        Partitions = [.. offsets.Select(offset => new OffsetFetchResponse.OffsetFetchResponsePartitions
        {
            PartitionIndex = offset.Partition.Partition,
            CommittedOffset = offset.Offset,
            CommittedLeaderEpoch = offset.LeaderEpoch,
            Metadata = offset.Metadata,
            ErrorCode = offset.Error,
        })],
    };

    private static OffsetFetchResponse.OffsetFetchResponseTopics Unknown(OffsetFetchRequest.OffsetFetchRequestTopics topic) => new()
    {
        TopicId = topic.TopicId,
        Partitions = topic.PartitionIndexes.ConvertAll(partition => new OffsetFetchResponse.OffsetFetchResponsePartitions
        {
            PartitionIndex = partition,
            CommittedOffset = -1,
            Metadata = "",
            ErrorCode = KafkaError.UnknownTopicId,
        }),
    };

    private static List<TopicPartition> Partitions(List<OffsetFetchRequest.OffsetFetchRequestTopic> topics)
        =>
        [
            .. topics.SelectMany(topic => topic.PartitionIndexes.Select(partition => new TopicPartition(topic.Name, partition))).Distinct(),
        ];

    private static List<OffsetFetchResponse.OffsetFetchResponseTopic> ByTopic(IEnumerable<FetchedOffset> offsets)
        => [.. offsets.GroupBy(offset => offset.Partition.Topic).Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
        {
            Name = topic.Key,
            Partitions = [.. topic.Select(offset => new OffsetFetchResponse.OffsetFetchResponsePartition
            {
                PartitionIndex = offset.Partition.Partition,
                CommittedOffset = offset.Offset,
                CommittedLeaderEpoch = offset.LeaderEpoch,
                Metadata = offset.Metadata,
                ErrorCode = offset.Error,
            })],
        })];
}
