namespace KafkaCompatBroker.Storage.Log;

/// <summary>Decides when a log begins a new segment, and begins it. Touched only by the log's writer.</summary>
internal sealed class LogRoll(LogState state, LogFlush flush)
{
    /// <summary>Whether the active segment cannot take the append, or has been filling for <c>segment.ms</c>.</summary>
    public bool IsDue(int appendBytes, LogAppendInfo append, long nowMs)
    {
        var active = state.View.Active;
        if (active.SizeInBytes > state.Config.SegmentBytes - appendBytes || !active.CanHold(append.LastOffset)
            || active.OffsetIndex.IsFull || active.TimeIndex.IsFull)
            return true;
        return active.SizeInBytes > 0
            && active.WaitedForRollMs(nowMs, append.MaxTimestamp) > state.Config.RollMs - state.Files.RollJitterMs;
    }

    /// <summary>Begins a segment at the offset, which is the log's end or past it; the segment before is flushed behind.</summary>
    public void RollAt(long baseOffset)
    {
        var before = state.View;
        var active = before.Active;
        if (active.BaseOffset == baseOffset)
        {
            // Nothing was ever written to it, yet it cannot take this append: its index is full, or its base is out of reach.
            Invariant.Holds(active.SizeInBytes == 0);
            var created = state.Files.Create(baseOffset);
            active.Close();
            state.Publish([.. before.Segments[..^1], created], before.LogStartOffset, before.LogEndOffset, before.UpperBounds);
            return;
        }
        flush.FlushWhatIsAwaited();
        // First what may fail for want of a file descriptor: then nothing has happened, and a later append tries again.
        var next = state.Files.Create(baseOffset);
        var isFlushed = flush.RecoveryPoint >= baseOffset;
        try
        {
            active.BecomeInactive();
            state.Producers.MapEndOffset = baseOffset;
            state.ProducerSnapshots.Take(state.Producers);
            // The flush that made the records durable left the indexes as they were, and no later flush, and no start after a crash, looks
            // below the recovery point.
            if (isFlushed)
            {
                active.Flush();
                state.ProducerSnapshots.Flush(baseOffset);
            }
        }
        catch
        {
            next.Close();
            throw;
        }
        state.Publish([.. before.Segments, next], before.LogStartOffset, before.LogEndOffset, before.UpperBounds);
        if (!isFlushed)
            flush.FlushBehind(baseOffset);
    }
}
