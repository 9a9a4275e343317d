using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Offsets;
using Topic = KafkaCompatBroker.Protocol.Messages.OffsetCommitRequest.OffsetCommitRequestTopic;
using TopicAnswer = KafkaCompatBroker.Protocol.Messages.OffsetCommitResponse.OffsetCommitResponseTopic;

namespace KafkaCompatBroker.Broker.Handlers.Offsets;

/// <summary>
/// Commits offsets: the oldest clients' to ZooKeeper, all others' to the group's coordinator, in one batch. Partitions that do not exist
/// are refused one by one.
/// </summary>
public sealed class OffsetCommitHandler(
    GroupCoordinator groups, MetadataCache metadata, ZooKeeperOffsets zooKeeperOffsets, GroupOptions options)
    : IHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    public async ValueTask<OffsetCommitResponse?> Handle(OffsetCommitRequest request, RequestContext context)
    {
        var response = new OffsetCommitResponse();
        var offsets = new List<OffsetToCommit>();
        var answers = new List<OffsetCommitResponse.OffsetCommitResponsePartition>();
        foreach (var topic in request.Topics)
            response.Topics.Add(Sort(topic, request, offsets, answers));
        if (offsets.Count == 0)
            return response;
        var errors = request.InZooKeeper ? await CommitToZooKeeper(request.GroupId, offsets) : await CommitToGroup(request, offsets);
        for (var i = 0; i < errors.Count; i++)
            answers[i].ErrorCode = errors[i];
        return response;
    }

    /// <summary>Answers what does not exist and puts the rest among the offsets to commit, each beside its answer.</summary>
    private TopicAnswer Sort(
        Topic topic, OffsetCommitRequest request, List<OffsetToCommit> offsets,
        List<OffsetCommitResponse.OffsetCommitResponsePartition> answers)
    {
        var image = metadata.Image;
        var known = request.UsesTopicIds
            ? image.TryGetTopic(topic.TopicId, out var found)
            : image.TryGetTopic(topic.Name, out found);
        var answer = new TopicAnswer { Name = topic.Name, TopicId = topic.TopicId };
        foreach (var partition in topic.Partitions)
        {
            var partitionAnswer = new OffsetCommitResponse.OffsetCommitResponsePartition { PartitionIndex = partition.PartitionIndex };
            answer.Partitions.Add(partitionAnswer);
            if (known && found!.Partitions.ContainsKey(partition.PartitionIndex))
            {
                answers.Add(partitionAnswer);
                offsets.Add(new OffsetToCommit
                {
                    Partition = new TopicPartition(found.Name, partition.PartitionIndex),
                    Offset = partition.CommittedOffset,
                    LeaderEpoch = partition.CommittedLeaderEpoch,
                    Metadata = partition.CommittedMetadata ?? "",
                    CommitTimestampMs = Given(partition.CommitTimestamp),
                    RetentionMs = Given(request.RetentionTimeMs),
                });
            }
            else
            {
                partitionAnswer.ErrorCode = request.UsesTopicIds && !known ? KafkaError.UnknownTopicId : KafkaError.UnknownTopicOrPartition;
            }
        }
        return answer;
    }

    private async Task<IReadOnlyList<KafkaError>> CommitToGroup(OffsetCommitRequest request, List<OffsetToCommit> offsets)
    {
        var reply = await groups.Commit(new CommitRequest
        {
            GroupId = request.GroupId,
            Committer = new Committer
            {
                MemberId = request.MemberId,
                GroupInstanceId = request.GroupInstanceId,
                GenerationId = request.GenerationIdOrMemberEpoch,
            },
            Offsets = offsets,
        });
        return reply.Errors;
    }

    private async Task<IReadOnlyList<KafkaError>> CommitToZooKeeper(string groupId, List<OffsetToCommit> offsets)
    {
        var errors = new KafkaError[offsets.Count];
        for (var i = 0; i < errors.Length; i++)
        {
            var offset = offsets[i];
            errors[i] = offset.Metadata.Length > options.OffsetMetadataMaxBytes
                ? KafkaError.OffsetMetadataTooLarge
                : await zooKeeperOffsets.Commit(groupId, offset.Partition, offset.Offset);
        }
        return errors;
    }

    private static long? Given(long timeMs) => timeMs == -1 ? null : timeMs;
}
