using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Makes and removes the segments of one log, at once where the log needs it and on the disk loop where nobody waits for it. Touched only
/// by the log's writer.
/// </summary>
internal sealed class LogFiles(LogState state)
{
    private bool hasNewNames = true;
    /// <summary>Those that wait for their removal, and maybe some that were removed.</summary>
    private readonly List<LogSegment> given = [];

    /// <summary>Taken off <c>segment.ms</c> for the current segment, so that partitions made together do not roll together.</summary>
    public long RollJitterMs { get; private set; } = DrawJitter(state.Options.Config, state.Options.Random);

    public LogSegment Create(long baseOffset)
    {
        var segment = LogSegment.Create(state.Options.ForSegments(state.Config), baseOffset);
        try
        {
            segment.BecomeActive();
        }
        catch
        {
            segment.Close();
            throw;
        }
        RollJitterMs = DrawJitter(state.Config, state.Options.Random);
        hasNewNames = true;
        return segment;
    }

    /// <summary>
    /// Renames the files at once, so that no later start takes them for the log's, and removes them after <c>file.delete.delay.ms</c>.
    /// </summary>
    public void Delete(IReadOnlyList<LogSegment> segments)
    {
        try
        {
            foreach (var segment in segments)
            {
                segment.MarkDeleted();
                state.ProducerSnapshots.Delete(segment.BaseOffset);
            }
        }
        catch
        {
            CloseAll(segments);
            throw;
        }
        hasNewNames = true;
        RemoveLater(segments);
    }

    /// <summary>
    /// Puts what a cleaner has made of neighbouring segments in their place, so that after a crash a start finds the one or the other, and
    /// removes them after <c>file.delete.delay.ms</c>. The cleaned segment is durable, but for its name; its new name is so with the
    /// next <see cref="FlushNames"/>, which is to come before anything else is renamed here.
    /// </summary>
    /// <param name="cleanedEndOffset">Past the last offset in it.</param>
    public void Replace(IReadOnlyList<LogSegment> segments, LogSegment cleaned, long cleanedEndOffset)
    {
        hasNewNames = true;
        cleaned.Rename(LogFileNames.SwapSuffix);
        state.Options.Disk.FlushDirectory(state.Options.Directory);
        foreach (var segment in segments)
        {
            segment.GiveUpIndexes();
            segment.MarkDeleted();
            if (segment.BaseOffset != cleaned.BaseOffset)
                state.ProducerSnapshots.Delete(segment.BaseOffset);
            // A start would keep this one, as the cleaned segment does not reach it: an older record must not outlive a tombstone.
            if (segment.BaseOffset >= cleanedEndOffset)
                state.Options.Disk.FlushDirectory(state.Options.Directory);
        }
        // Before that the cleaned segment and those that it replaces would be there together.
        state.Options.Disk.FlushDirectory(state.Options.Directory);
        cleaned.Rename("");
        RemoveLater(segments);
    }

    /// <summary>The log is given up: who waits for a removal that may not come has its files closed.</summary>
    public void CloseGiven() => CloseAll(given);

    /// <summary>
    /// Has segments that take no more appends written to disk on the disk loop while the log goes on, and then does the work on the log's
    /// loop, whose own flush finds next to nothing left to write. Nothing more is done when the log has left that loop meanwhile: closing
    /// it flushes all.
    /// </summary>
    public void WriteBack(IReadOnlyList<LogSegment> rolled, Action<DiskError?> then)
    {
        var owner = state.Lifetime.Loop;
        if (state.Options.DiskLoop is not { } diskLoop)
        {
            state.Lifetime.Defer(() => Finish(null));
            return;
        }
        diskLoop.Post(() =>
        {
            DiskError? failure = null;
            try
            {
                foreach (var segment in rolled)
                    segment.WriteBack();
            }
            catch (DiskError error)
            {
                failure = error;
            }
            if (owner is null)
                Finish(failure);
            else
                owner.Post(() => Finish(failure));
        });

        void Finish(DiskError? failure)
        {
            if (ReferenceEquals(state.Lifetime.Loop, owner))
                then(failure);
        }
    }

    /// <summary>The folder has another name from here on: also files that wait for their removal are found there.</summary>
    public void FolderRenamed(string newDirectory)
    {
        foreach (var segment in state.View.Segments.Concat(given))
            segment.FolderRenamed(newDirectory);
    }

    /// <summary>A file has been made beside the segments': the next flush makes its name durable.</summary>
    public void NoteNewName() => hasNewNames = true;

    /// <summary>Makes created and renamed files findable after a power loss.</summary>
    public void FlushNames()
    {
        if (!hasNewNames)
            return;
        state.Options.Disk.FlushDirectory(state.Options.Directory);
        hasNewNames = false;
    }

    private void RemoveLater(IReadOnlyList<LogSegment> segments)
    {
        given.RemoveAll(static segment => segment.IsClosed);
        given.AddRange(segments);
        state.Options.DiskLoop.Defer(TimeSpan.FromMilliseconds(state.Config.FileDeleteDelayMs), () => Remove(segments));
    }

    private void Remove(IReadOnlyList<LogSegment> segments)
    {
        try
        {
            CloseAll(segments);
            foreach (var segment in segments)
                segment.DeleteFiles();
        }
        catch (DiskError error)
        {
            state.Options.OnDiskError?.Invoke(error);
        }
    }

    private static void CloseAll(IReadOnlyList<LogSegment> segments)
    {
        foreach (var segment in segments)
            segment.Close();
    }

    private static long DrawJitter(LogConfig config, Random random)
    {
        var jitterMaxMs = Math.Min(config.SegmentJitterMs, config.SegmentMs);
        return jitterMaxMs > 0 ? random.NextInt64(jitterMaxMs) : 0;
    }
}
