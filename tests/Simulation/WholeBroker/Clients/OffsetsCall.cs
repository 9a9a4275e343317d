using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>Makes OffsetCommit and OffsetFetch requests, and reads their answers.</summary>
internal static class OffsetsCall
{
    public const short CommitVersion = 8;
    public const short FetchVersion = 7;

    public static OffsetCommitRequest CommitRequest(
        string group, int generation, string memberId, IEnumerable<KeyValuePair<TopicPartition, long>> offsets)
    {
        var request = new OffsetCommitRequest { GroupId = group, GenerationIdOrMemberEpoch = generation, MemberId = memberId };
        foreach (var topicOffsets in offsets.GroupBy(offset => offset.Key.Topic))
        {
            var topic = new OffsetCommitRequest.OffsetCommitRequestTopic { Name = topicOffsets.Key };
            foreach (var (partition, offset) in topicOffsets)
                topic.Partitions.Add(new() { PartitionIndex = partition.Partition, CommittedOffset = offset });
            request.Topics.Add(topic);
        }
        return request;
    }

    public static IEnumerable<(TopicPartition Partition, KafkaError Error)> AnswersOf(OffsetCommitResponse response)
        => response.Topics.SelectMany(topic => topic.Partitions.Select(
            answer => (new TopicPartition(topic.Name, answer.PartitionIndex), answer.ErrorCode)));

    /// <summary>Whether a commit that got the error has no effect for sure.</summary>
    public static bool IsRefusal(KafkaError error) => error is KafkaError.IllegalGeneration or KafkaError.UnknownMemberId
        or KafkaError.RebalanceInProgress or KafkaError.CoordinatorLoadInProgress or KafkaError.FencedInstanceId
        or KafkaError.UnknownTopicOrPartition;

    public static OffsetFetchRequest FetchRequest(string group, IEnumerable<TopicPartition> partitions)
    {
        var request = new OffsetFetchRequest { GroupId = group, Topics = [] };
        foreach (var topic in partitions.GroupBy(partition => partition.Topic))
            request.Topics.Add(new() { Name = topic.Key, PartitionIndexes = [.. topic.Select(partition => partition.Partition)] });
        return request;
    }

    /// <summary>Asks for offsets that no open transaction may change. KIP-447.</summary>
    public static OffsetFetchRequest StableFetchRequest(string group, IEnumerable<TopicPartition> partitions)
    {
        var request = FetchRequest(group, partitions);
        request.RequireStable = true;
        return request;
    }

    /// <summary>The committed offsets of an answer without errors; 0 where there is none.</summary>
    public static Dictionary<TopicPartition, long> CommittedOf(OffsetFetchResponse response)
        => AnswersOf(response).ToDictionary(answer => answer.Partition, answer => Math.Max(0, answer.Answer.CommittedOffset));

    /// <summary>The first error of an answer.</summary>
    public static KafkaError ErrorOf(OffsetFetchResponse response)
        => response.ErrorCode != KafkaError.None
            ? response.ErrorCode
            : AnswersOf(response).Select(answer => answer.Answer.ErrorCode).FirstOrDefault(error => error != KafkaError.None);

    public static IEnumerable<(TopicPartition Partition, OffsetFetchResponse.OffsetFetchResponsePartition Answer)> AnswersOf(
        OffsetFetchResponse response)
        => response.Topics.SelectMany(topic => topic.Partitions.Select(
            answer => (new TopicPartition(topic.Name, answer.PartitionIndex), answer)));
}
