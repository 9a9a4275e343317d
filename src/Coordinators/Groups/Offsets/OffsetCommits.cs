using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Offsets;

/// <summary>Writes the offsets that a group lets the committer commit, all of a request in one batch. On its shard's loop.</summary>
internal sealed class OffsetCommits(GroupOptions options, IShardContext<GroupRecord> context, ShardMemory memory)
{
    /// <param name="present">The group's offsets so far; null when it has none.</param>
    public void Commit(IGroup group, GroupOffsets? present, CommitRequest request, Reply<CommitReply> reply)
    {
        var error = group.CheckCommit(request.Committer, request.IsTransactional);
        if (error != KafkaError.None)
        {
            reply.Send(request.Failed(error));
            return;
        }
        group.OnCommitAccepted(request.Committer);
        var errors = new KafkaError[request.Offsets.Count];
        var records = Records(present, request, errors);
        if (records.Count == 0)
        {
            reply.Send(new CommitReply(errors));
            return;
        }
        context.Write(records, request.Producer, request.Guard, appendError =>
        {
            if (appendError != KafkaError.None)
                FailWritten(errors, AppendErrors.OfOffsetRecords(appendError));
            reply.Send(new CommitReply(errors));
        });
    }

    /// <summary>The records to write; what must not be written has its error among <paramref name="errors"/>.</summary>
    private List<GroupRecord> Records(GroupOffsets? present, CommitRequest request, KafkaError[] errors)
    {
        var nowMs = context.NowMs;
        var records = new List<GroupRecord>(errors.Length);
        var growth = 0L;
        for (var i = 0; i < errors.Length; i++)
        {
            var offset = request.Offsets[i];
            if (offset.Metadata.Length > options.OffsetMetadataMaxBytes)
            {
                errors[i] = KafkaError.OffsetMetadataTooLarge;
                continue;
            }
            var value = new CommittedOffset
            {
                Offset = offset.Offset,
                LeaderEpoch = offset.LeaderEpoch,
                Metadata = offset.Metadata,
                CommitTimestampMs = offset.CommitTimestampMs ?? nowMs,
                ExpireTimestampMs = offset.RetentionMs is { } retentionMs ? nowMs + retentionMs : null,
            };
            var added = GroupOffsets.Growth(present, offset.Partition, value);
            if (added > 0 && !memory.HasRoomFor(growth + added))
            {
                errors[i] = KafkaError.InvalidCommitOffsetSize;
                continue;
            }
            growth += added;
            records.Add(new OffsetRecord(request.GroupId, offset.Partition, value));
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
