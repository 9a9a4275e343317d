using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Offsets;
using KafkaCompatBroker.Replication.Control;
using PartitionAnswer = KafkaCompatBroker.Protocol.Messages.TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition;

namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>
/// TxnOffsetCommit: commits offsets of a group within a producer's transaction, in one batch; they count once the transaction is committed.
/// Partitions that do not exist are refused one by one. KIP-98, KIP-447.
/// </summary>
public sealed class TxnOffsetCommitHandler(
    GroupCoordinator groups, MetadataCache metadata, Replicas replicas, TransactionGuards guards)
    : IHandler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>
{
    public async ValueTask<TxnOffsetCommitResponse?> Handle(TxnOffsetCommitRequest request, RequestContext context)
    {
        var image = metadata.Image;
        var response = new TxnOffsetCommitResponse();
        var offsets = new List<OffsetToCommit>();
        var answers = new List<PartitionAnswer>();
        foreach (var topic in request.Topics)
        {
            var answer = new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic { Name = topic.Name };
            response.Topics.Add(answer);
            foreach (var partition in topic.Partitions)
            {
                var name = new TopicPartition(topic.Name, partition.PartitionIndex);
                var partitionAnswer = new PartitionAnswer { PartitionIndex = partition.PartitionIndex };
                answer.Partitions.Add(partitionAnswer);
                if (!image.Contains(name))
                {
                    partitionAnswer.ErrorCode = KafkaError.UnknownTopicOrPartition;
                    continue;
                }
                answers.Add(partitionAnswer);
                offsets.Add(new OffsetToCommit
                {
                    Partition = name,
                    Offset = partition.CommittedOffset,
                    LeaderEpoch = partition.CommittedLeaderEpoch,
                    Metadata = partition.CommittedMetadata ?? "",
                });
            }
        }
        if (offsets.Count == 0)
            return response;
        var reply = await Commit(request, ToCommit(request, offsets));
        foreach (var (answer, error) in answers.Zip(reply.Errors))
            answer.ErrorCode = Known(request, error);
        return response;
    }

    /// <summary>
    /// The leader of the group's partition verifies that the transaction has it, as it does for records that are produced. KIP-890.
    /// </summary>
    private async Task<CommitReply> Commit(TxnOffsetCommitRequest request, CommitRequest commit)
    {
        if (commit.GroupId.Length == 0)
            return commit.Failed(KafkaError.InvalidGroupId);
        var home = new TopicPartition(InternalTopics.ConsumerOffsets, groups.PartitionFor(commit.GroupId));
        if (replicas.Find(home) is not { } partition)
            return commit.Failed(KafkaError.NotCoordinator);
        if (!commit.IsTransactional)
            return await groups.Commit(commit);
        var support = request.AddsGroup ? TransactionSupport.LeavesAdding
            : request.KnowsAbortable ? TransactionSupport.KnowsAbortable
            : TransactionSupport.Old;
        var guard = (await guards.Take(
            request.TransactionalId, commit.Producer, [new TransactionalBatch(partition, BaseSequence: -1)], support))[0];
        return guard.Error == KafkaError.None
            ? await groups.Commit(commit with { Guard = guard.Guard })
            : commit.Failed(AppendErrors.OfOffsetRecords(guard.Error));
    }

    private static CommitRequest ToCommit(TxnOffsetCommitRequest request, List<OffsetToCommit> offsets) => new()
    {
        GroupId = request.GroupId,
        Committer = new Committer
        {
            MemberId = request.MemberId,
            GroupInstanceId = request.GroupInstanceId,
            GenerationId = request.GenerationId,
        },
        Offsets = offsets,
        Producer = new(request.ProducerId, request.ProducerEpoch),
    };

    /// <summary>The first clients end when they hear that the coordinator is loading; for the other error they come back.</summary>
    private static KafkaError Known(TxnOffsetCommitRequest request, KafkaError error)
        => error == KafkaError.CoordinatorLoadInProgress && !request.KnowsLoading ? KafkaError.CoordinatorNotAvailable : error;
}
