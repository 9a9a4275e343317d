using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Makes a log durable and keeps its recovery point, below which everything is. What <c>flush.messages</c> and <c>flush.ms</c> ask for is
/// flushed beside the log's loop, one flush at a time: what is appended meanwhile goes with the next. A log without a loop, or without a
/// <see cref="LogFlusher"/>, is flushed at once. Changed by the log's writer; the recovery point is read on any thread, for its log dir's
/// checkpoint.
/// </summary>
internal sealed class LogFlush
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly LogState state;
    private long recoveryPoint;
    private long lastFlushMs;
    /// <summary>
    /// The flush beside the loop whose end is waited for. One that a cut of the log or a change of its loop has overtaken is not waited for
    /// any more: what it has flushed may be gone.
    /// </summary>
    private FlushBeside? underWay;

    public LogFlush(LogState state, long initialRecoveryPoint)
    {
        (this.state, recoveryPoint) = (state, initialRecoveryPoint);
        lastFlushMs = state.NowMs;
    }

    public long RecoveryPoint => Volatile.Read(ref recoveryPoint);

    /// <inheritdoc cref="PartitionLog.AcknowledgeableOffset"/>
    public long AcknowledgeableOffset { get; private set; }

    /// <summary>Told on the log's loop when <see cref="AcknowledgeableOffset"/> may have risen by itself.</summary>
    public Action? OnFlushed { get; set; }

    /// <summary>Whether <c>flush.ms</c> has passed since the last flush.</summary>
    public bool IsDue => state.NowMs - lastFlushMs >= state.Config.FlushMs;

    /// <summary>Whether as many messages are not flushed as <c>flush.messages</c> says.</summary>
    private bool IsAsked => state.View.LogEndOffset - recoveryPoint >= state.Config.FlushMessages;

    /// <summary>The index of the segment that the recovery point lies in.</summary>
    private int FirstNotFlushed => Math.Max(state.View.SegmentIndexOf(recoveryPoint), 0);

    private bool CanFlushBeside => state.Options.Flusher is not null && state.Lifetime.Loop is not null;

    /// <summary>
    /// Flushes when <c>flush.messages</c> asks for it: called whenever the log's end, the setting or the log's loop has changed.
    /// </summary>
    public void FlushIfAsked()
    {
        if (IsAsked)
            FlushSoon();
        else
            AcknowledgeableOffset = state.View.LogEndOffset;
    }

    /// <summary>
    /// Flushes all records beside the loop. While a flush is under way nothing more is begun; its end begins the next if that is asked for.
    /// </summary>
    public void FlushSoon()
    {
        if (!CanFlushBeside)
            FlushTo(state.View.LogEndOffset);
        else if (underWay is null)
            BeginBeside(state.Lifetime.Loop!);
    }

    /// <summary>
    /// A new segment is about to be made. Its name may become durable before the end of the full one, and a loss of power would leave a
    /// hole: what <c>flush.messages</c> has asked for is flushed first.
    /// </summary>
    public void FlushWhatIsAwaited()
    {
        if (IsAsked)
            FlushTo(state.View.LogEndOffset);
    }

    /// <summary>
    /// Flushes all records below the offset, and the indexes of the segments that are full. Those of the active segment are not flushed: a
    /// start after a crash reads the segment through that the recovery point lies in, and writes its indexes anew. The recovery point moves
    /// only after all below it is known to be on disk, the names of new files included.
    /// </summary>
    public void FlushTo(long endOffset)
    {
        lastFlushMs = state.NowMs;
        Flush(endOffset, withActiveIndexes: false);
    }

    /// <summary>Flushes the log with all that a start after a clean stop believes, the active segment's indexes too.</summary>
    public void FlushAll()
    {
        Forget();
        Flush(state.View.LogEndOffset, withActiveIndexes: true);
    }

    /// <summary>
    /// Flushes all below the offset, where a new segment begins, while the log goes on: a gigabyte takes its time. A disk error then
    /// reaches the log dir, as no caller waits.
    /// </summary>
    public void FlushBehind(long endOffset)
    {
        state.Files.WriteBack(state.View.Segments[FirstNotFlushed..^1], error => Finish(endOffset, error));
    }

    /// <summary>The log ends at the offset: nothing past it is durable.</summary>
    public void LowerRecoveryPoint(long logEndOffset)
    {
        Forget();
        Volatile.Write(ref recoveryPoint, Math.Min(recoveryPoint, logEndOffset));
        AcknowledgeableOffset = Math.Min(AcknowledgeableOffset, logEndOffset);
    }

    /// <summary>The log is empty and begins at the offset.</summary>
    public void StartAt(long offset)
    {
        Forget();
        Volatile.Write(ref recoveryPoint, offset);
        AcknowledgeableOffset = offset;
    }

    /// <summary>What is under way tells nothing of the log any more, unless it fails.</summary>
    public void Forget() => underWay = null;

    private void BeginBeside(ILoop loop)
    {
        lastFlushMs = state.NowMs;
        var current = state.View;
        // The end is taken before the flush begins: what is appended from here on may miss it.
        underWay = new FlushBeside(this, loop, current.Segments[FirstNotFlushed..], current.LogEndOffset);
        state.Options.Flusher!.Run(underWay);
    }

    /// <summary>A flush beside the loop that it was begun on has come to its end; on that loop.</summary>
    private void Ended(FlushBeside ended)
    {
        // A log that has left the loop belongs to somebody else, and only a failure concerns him.
        var isOfLog = ReferenceEquals(state.Lifetime.Loop, ended.Loop) && ReferenceEquals(underWay, ended);
        if (!state.Lifetime.IsUsable || ended.Failure is null && !isOfLog)
            return;
        try
        {
            if (ended.Failure is { } failure)
                throw failure;
            Forget();
            // What is left to flush are names of new files, and what else belongs to a segment that has become full.
            if (ended.EndOffset > recoveryPoint)
                Flush(ended.EndOffset, withActiveIndexes: false, flushed: ended.Active);
            FlushIfAsked();
        }
        catch (DiskError error)
        {
            Failed(error, ended.Loop);
            return;
        }
        OnFlushed?.Invoke();
    }

    private void Flush(long endOffset, bool withActiveIndexes, LogSegment? flushed = null)
    {
        var current = state.View;
        Invariant.Holds(endOffset <= current.LogEndOffset);
        for (var i = FirstNotFlushed; i < current.Segments.Length && current.Segments[i].BaseOffset < endOffset; i++)
        {
            if (withActiveIndexes || current.Segments[i] != current.Active)
                current.Segments[i].Flush();
            else if (current.Segments[i] != flushed)
                current.Segments[i].FlushRecords();
        }
        state.ProducerSnapshots.Flush(endOffset);
        state.Files.FlushNames();
        if (endOffset > recoveryPoint)
            Volatile.Write(ref recoveryPoint, endOffset);
        AcknowledgeableOffset = IsAsked ? Math.Max(AcknowledgeableOffset, recoveryPoint) : current.LogEndOffset;
    }

    private void Finish(long endOffset, DiskError? writeBackError)
    {
        if (!state.Lifetime.IsUsable)
            return;
        try
        {
            if (writeBackError is not null)
                throw writeBackError;
            // The log may have been cut meanwhile.
            if (recoveryPoint >= endOffset || endOffset > state.View.LogEndOffset)
                return;
            FlushTo(endOffset);
        }
        catch (DiskError error)
        {
            Failed(error, loop: null);
            return;
        }
        OnFlushed?.Invoke();
    }

    /// <summary>
    /// The log dir is told. Where only file descriptors are wanting, what is asked for is begun again on the loop: appends may wait for it.
    /// </summary>
    private void Failed(DiskError error, ILoop? loop)
    {
        state.Lifetime.Fail(error);
        state.Options.OnDiskError?.Invoke(error);
        if (loop is null || !state.Lifetime.IsUsable)
            return;
        loop.Schedule(RetryDelay, () =>
        {
            if (state.Lifetime.IsUsable && ReferenceEquals(state.Lifetime.Loop, loop))
                FlushIfAsked();
        });
    }

    /// <summary>
    /// One flush of the records of some segments. It runs on the flusher's loop first, holding the files open, and then on the log's loop
    /// to tell how it ended.
    /// </summary>
    private sealed class FlushBeside : ILoopWork
    {
        private readonly LogFlush flush;
        private readonly LogSegment[] segments;
        private bool isDone;

        public FlushBeside(LogFlush flush, ILoop loop, LogSegment[] segments, long endOffset)
        {
            (this.flush, Loop, this.segments, EndOffset) = (flush, loop, segments, endOffset);
            foreach (var segment in segments)
                Invariant.Holds(segment.File.TryAddReference());
        }

        /// <summary>The log's, when the flush was begun.</summary>
        public ILoop Loop { get; }
        /// <summary>All that was appended below is durable when the flush has succeeded.</summary>
        public long EndOffset { get; }
        /// <summary>The segment that was the active one.</summary>
        public LogSegment Active => segments[^1];
        public DiskError? Failure { get; private set; }

        public void Run()
        {
            if (isDone)
            {
                flush.Ended(this);
                return;
            }
            try
            {
                foreach (var segment in segments)
                    segment.FlushRecords();
            }
            catch (DiskError error)
            {
                Failure = error;
            }
            finally
            {
                foreach (var segment in segments)
                    segment.File.Release();
            }
            isDone = true;
            Loop.Post(this);
        }
    }
}
