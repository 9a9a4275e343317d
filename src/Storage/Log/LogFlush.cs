namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Makes a log durable and keeps its recovery point, below which everything is. Changed by the log's writer; the recovery point is read on
/// any thread, for its log dir's checkpoint.
/// </summary>
internal sealed class LogFlush(LogState state, long initialRecoveryPoint)
{
    private long recoveryPoint = initialRecoveryPoint;
    private long lastFlushMs = state.NowMs;

    public long RecoveryPoint => Volatile.Read(ref recoveryPoint);

    /// <summary>Whether <c>flush.ms</c> has passed since the last flush.</summary>
    public bool IsDue => state.NowMs - lastFlushMs >= state.Config.FlushMs;

    /// <summary>
    /// Flushes all below the offset. The recovery point moves only after all below it is known to be on disk, the names of new files
    /// included.
    /// </summary>
    public void FlushTo(long endOffset)
    {
        var current = state.View;
        Invariant.Holds(endOffset <= current.LogEndOffset);
        var first = Math.Max(current.SegmentIndexOf(recoveryPoint), 0);
        for (var i = first; i < current.Segments.Length && current.Segments[i].BaseOffset < endOffset; i++)
            current.Segments[i].Flush();
        state.ProducerSnapshots.Flush(endOffset);
        state.Files.FlushNames();
        if (endOffset > recoveryPoint)
            Volatile.Write(ref recoveryPoint, endOffset);
        lastFlushMs = state.NowMs;
    }

    /// <summary>
    /// Flushes all below the offset, where a new segment begins, while the log goes on: a gigabyte takes its time. A disk error then
    /// reaches the log dir, as no caller waits.
    /// </summary>
    public void FlushBehind(long endOffset)
    {
        var current = state.View;
        var first = Math.Max(current.SegmentIndexOf(recoveryPoint), 0);
        state.Files.WriteBack(current.Segments[first..^1], error => Finish(endOffset, error));
    }

    /// <summary>The log ends at the offset: nothing past it is durable.</summary>
    public void LowerRecoveryPoint(long logEndOffset) => Volatile.Write(ref recoveryPoint, Math.Min(recoveryPoint, logEndOffset));

    /// <summary>The log is empty and begins at the offset.</summary>
    public void StartAt(long offset) => Volatile.Write(ref recoveryPoint, offset);

    private void Finish(long endOffset, DiskError? writeBackError)
    {
        if (!state.Lifetime.IsUsable)
            return;
        try
        {
            if (writeBackError is not null)
                throw writeBackError;
            // The log may have been cut meanwhile.
            if (recoveryPoint < endOffset && endOffset <= state.View.LogEndOffset)
                FlushTo(endOffset);
        }
        catch (DiskError error)
        {
            state.Lifetime.Fail(error);
            state.Options.OnDiskError?.Invoke(error);
        }
    }
}
