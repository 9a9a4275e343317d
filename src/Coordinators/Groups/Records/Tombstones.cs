using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Records;

/// <summary>
/// Deletes offsets and groups from a shard's log, which is compacted: by records without a value, in batches of bounded size. On the
/// shard's loop.
/// </summary>
internal sealed class Tombstones(IShardContext<GroupRecord> context)
{
    /// <summary>For deletions that nobody waits for: what is not deleted is found again by the next check.</summary>
    public void Write(IReadOnlyList<GroupRecord> tombstones, string reason)
        => Write(tombstones, reason, error =>
        {
            if (error is not (KafkaError.None or KafkaError.NotCoordinator))
                context.Log.Warn("group", $"partition={context.Partition} tombstones not written error={error}");
        });

    /// <param name="outcome">Called once, after the last batch: with None, or the first error of a batch.</param>
    public void Write(IReadOnlyList<GroupRecord> tombstones, string reason, Action<KafkaError> outcome)
    {
        if (tombstones.Count == 0)
        {
            outcome(KafkaError.None);
            return;
        }
        context.Log.Info("group", $"partition={context.Partition} removes {tombstones.Count} offsets and groups reason={reason}");
        var batches = TombstoneBatches.Of(tombstones, TextLength).ToList();
        var (unansweredCount, firstError) = (batches.Count, KafkaError.None);
        foreach (var batch in batches)
        {
            context.Write(batch, error =>
            {
                if (firstError == KafkaError.None)
                    firstError = error;
                if (--unansweredCount == 0)
                    outcome(firstError);
            });
        }
    }

    private static int TextLength(GroupRecord tombstone)
        => tombstone.GroupId.Length + (tombstone is OffsetRecord offset ? offset.Partition.Topic.Length : 0);
}
