using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// Makes and removes the segment files of one log, and has done what no caller waits for: flushes after a roll, deletions after their
/// delay. Touched only by the log's writer.
/// </summary>
internal sealed class LogSegments(LogOpenOptions options, ProducerStateTable producerStates)
{
    private bool hasNewNames = true;
    private volatile ILoop? loop;

    public ILoop? Loop { get => loop; set => loop = value; }
    public string Directory => options.Directory;
    public LogConfig Config { get; set; } = options.Config;
    /// <summary>Taken off <c>segment.ms</c> for the current segment, so that partitions made together do not roll together.</summary>
    public long RollJitterMs { get; private set; } = DrawJitter(options.Config, options.Random);

    public LogSegment Create(long baseOffset)
    {
        var segment = LogSegment.Create(options.Disk, Directory, baseOffset, Config, options.Time);
        segment.BecomeActive();
        RollJitterMs = DrawJitter(Config, options.Random);
        hasNewNames = true;
        return segment;
    }

    /// <summary>
    /// Renames the files at once, so that no later start takes them for the log's, and removes them after <c>file.delete.delay.ms</c>.
    /// </summary>
    public void Delete(IReadOnlyList<LogSegment> segments)
    {
        foreach (var segment in segments)
        {
            segment.MarkDeleted();
            producerStates.DeleteSnapshot(segment.BaseOffset);
        }
        hasNewNames = true;
        options.DiskLoop.Defer(TimeSpan.FromMilliseconds(Config.FileDeleteDelayMs), () => Remove(segments));
    }

    /// <summary>Runs the work behind what the log's loop is doing now; at once while the log has no loop.</summary>
    public void Defer(Action work)
    {
        if (Loop is { } loop)
            loop.Post(work);
        else
            work();
    }

    /// <summary>
    /// Has segments that take no more appends written to disk while the log goes on, and then does the work on the log's loop, whose own
    /// flush finds next to nothing left to write. Nothing more is done when the log has left that loop meanwhile: closing it flushes all.
    /// </summary>
    public void WriteBackAside(IReadOnlyList<LogSegment> rolled, Action<DiskError?> then)
    {
        var owner = Loop;
        if (options.DiskLoop is not { } diskLoop)
        {
            Defer(() => Finish(null));
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
            if (ReferenceEquals(Loop, owner))
                then(failure);
        }
    }

    /// <summary>Makes created and renamed files findable after a power loss.</summary>
    public void FlushNames()
    {
        if (!hasNewNames)
            return;
        options.Disk.FlushDirectory(Directory);
        hasNewNames = false;
    }

    private void Remove(IReadOnlyList<LogSegment> segments)
    {
        try
        {
            foreach (var segment in segments)
            {
                segment.Close();
                segment.DeleteFiles();
            }
        }
        catch (DiskError error)
        {
            options.OnDiskError?.Invoke(error);
        }
    }

    private static long DrawJitter(LogConfig config, Random random)
    {
        var jitterMaxMs = Math.Min(config.SegmentJitterMs, config.SegmentMs);
        return jitterMaxMs > 0 ? random.NextInt64(jitterMaxMs) : 0;
    }
}
