using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>Cuts a log's end off, as a follower does whose leader has other records there. Touched only by the log's writer.</summary>
internal sealed class LogTruncation(LogState state, LogFlush flush)
{
    /// <summary>As <see cref="PartitionLog.TruncateTo"/>, for an offset inside the log's segments.</summary>
    public void TruncateTo(long offset)
    {
        var before = state.View;
        state.Cleaning?.Abort();
        var kept = before.Segments[..(before.SegmentIndexOf(offset) + 1)];
        // The last goes first, so that a crash in between leaves no hole.
        state.Files.Delete([.. before.Segments[kept.Length..].AsEnumerable().Reverse()]);
        // Without this, a power loss could bring the deleted segments back behind a cut that stayed, which would leave a hole; or it could
        // bring back bytes that were cut off, which would lie below records appended since.
        state.Files.FlushNames();
        kept[^1].BecomeActive();
        var end = kept[^1].TruncateTo(offset);
        kept[^1].Flush();
        state.Publish(kept, Math.Min(before.LogStartOffset, end), end);
        state.ReadOnly.NoteCut(end);
        flush.LowerRecoveryPoint(end);
        LowerFirstDirtyOffset(kept[^1].BaseOffset);
        state.LeaderEpochs.TruncateFromEnd(end);
        ProducerReplay.Reload(
            state.Producers, state.ProducerSnapshots, kept, state.View.LogStartOffset, end, state.Config.MostBytesInFlight);
        state.Options.Log.Info("log", $"partition={state.Options.Partition} truncated logEndOffset={before.LogEndOffset}→{end}");
        // The flush that what is left may have waited for is not waited for any more.
        flush.FlushIfAsked();
    }

    /// <summary>As <see cref="PartitionLog.TruncateFullyAndStartAt"/>.</summary>
    public void TruncateFullyAndStartAt(long offset)
    {
        state.Cleaning?.Abort();
        state.Files.Delete([.. state.View.Segments.AsEnumerable().Reverse()]);
        state.ProducerSnapshots.DeleteAll();
        state.Producers.Reset(offset, []);
        state.LeaderEpochs.Clear();
        var first = state.Files.Create(offset);
        state.Publish([first], offset, offset);
        state.ReadOnly.NoteCut(0);
        flush.StartAt(offset);
        LowerFirstDirtyOffset(offset);
        state.Options.Log.Info("log", $"partition={state.Options.Partition} restarted at offset={offset}");
    }

    /// <summary>What comes in the place of what was cut off has not been compacted.</summary>
    private void LowerFirstDirtyOffset(long activeBaseOffset)
        => state.ReadOnly.FirstDirtyOffset = Math.Min(state.ReadOnly.FirstDirtyOffset, activeBaseOffset);
}
