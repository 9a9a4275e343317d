using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Offsets;

/// <summary>
/// Decides whether a commit is a member's of the current generation and writes it, all of it in one batch. On its shard's loop.
/// </summary>
internal sealed class OffsetCommits(GroupOptions options, IShardContext<GroupRecord> context, GroupRebalance rebalance)
{
    public void Commit(ClassicGroup group, CommitRequest request, Reply<CommitReply> reply)
    {
        var error = Check(group, request);
        if (error != KafkaError.None)
        {
            reply.Send(request.Failed(error));
            return;
        }
        if (group.Find(request.MemberId) is { } member)
            rebalance.RestartSession(group, member);
        var errors = new KafkaError[request.Offsets.Count];
        var records = Records(request, errors);
        if (records.Count == 0)
        {
            reply.Send(new CommitReply(errors));
            return;
        }
        context.Write(records, appendError =>
        {
            if (appendError != KafkaError.None)
                FailWritten(errors, GroupErrors.OfOffsetRecords(appendError));
            reply.Send(new CommitReply(errors));
        });
    }

    private static KafkaError Check(ClassicGroup group, CommitRequest request)
    {
        if (request.GenerationId < 0 && group.State == ClassicGroupState.Empty)
            return KafkaError.None;
        if (request.GenerationId < 0 && request.MemberId.Length == 0 && request.GroupInstanceId is null)
            return KafkaError.UnknownMemberId;
        var error = group.CheckMember(request.MemberId, request.GroupInstanceId);
        if (error != KafkaError.None)
            return error;
        if (request.GenerationId != group.GenerationId)
            return KafkaError.IllegalGeneration;
        // The member knows this generation, so it has joined; it must fetch its assignment before it can have anything to commit.
        return group.State == ClassicGroupState.CompletingRebalance ? KafkaError.RebalanceInProgress : KafkaError.None;
    }

    private List<GroupRecord> Records(CommitRequest request, KafkaError[] errors)
    {
        var nowMs = context.NowMs;
        var records = new List<GroupRecord>(errors.Length);
        for (var i = 0; i < errors.Length; i++)
        {
            var offset = request.Offsets[i];
            if (offset.Metadata.Length > options.OffsetMetadataMaxBytes)
            {
                errors[i] = KafkaError.OffsetMetadataTooLarge;
                continue;
            }
            var value = new CommittedOffset(
                offset.Offset, offset.LeaderEpoch, offset.Metadata, offset.CommitTimestampMs ?? nowMs,
                offset.RetentionMs is { } retentionMs ? nowMs + retentionMs : null);
            records.Add(new OffsetRecord(request.GroupId, new TopicPartition(offset.Topic, offset.Partition), value));
        }
        return records;
    }

    private static void FailWritten(KafkaError[] errors, KafkaError error)
    {
        for (var i = 0; i < errors.Length; i++)
        {
            if (errors[i] == KafkaError.None)
                errors[i] = error;
        }
    }
}
