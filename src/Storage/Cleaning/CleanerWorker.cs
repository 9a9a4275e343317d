using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Reading;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// Compacts one log after the other, the dirtiest first, and waits where none is dirty enough. What changes a log is done on the log's
/// loop, all else here; what goes wrong with one log keeps nobody from the others. Runs on a loop of its own that may block. Kafka's
/// CleanerThread.
/// </summary>
internal sealed class CleanerWorker
{
    private readonly ICleanedLogs logs;
    private readonly Func<CleanerOptions> options;
    private readonly TimeProvider time;
    private readonly KeyHash hash;
    private readonly ILog log;
    private readonly ILoop loop;
    private readonly CleanerThrottle throttle;
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CleanerWorker(ICleanedLogs logs, Func<CleanerOptions> options, ILoops loops, KeyHash hash, ILog log, int number)
    {
        (this.logs, this.options, this.hash, this.log) = (logs, options, hash, log);
        time = loops.Time;
        throttle = new CleanerThrottle(time);
        loop = loops.CreateBlocking($"log-cleaner-{number}");
        loop.Run(Run);
    }

    /// <summary>Ends what is under way; done when nothing is written any more. Callable from anywhere.</summary>
    public Task Stop()
    {
        stop.Cancel();
        return ended.Task;
    }

    private async Task Run()
    {
        while (!stop.IsCancellationRequested)
        {
            if (!await TryCleanDirtiest())
                await loop.Pass(options().Backoff, stop.Token);
        }
        ended.SetResult();
    }

    private async Task<bool> TryCleanDirtiest()
    {
        try
        {
            return await CleanDirtiest();
        }
        catch (Exception exception)
        {
            log.Error("log", $"{loop.Name} met a bug of this broker and goes on", exception);
            return false;
        }
    }

    /// <summary>False when no log is dirty enough.</summary>
    private async Task<bool> CleanDirtiest()
    {
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var (cleaned, _) in Due(nowMs))
        {
            if (stop.IsCancellationRequested)
                return false;
            // Another worker may have begun with it.
            if (await cleaned.Change(owned => owned.Compaction.Begin()) is { } cleaning)
                return await Clean(cleaned, cleaning, nowMs);
        }
        return false;
    }

    /// <summary>The dirtiest first.</summary>
    private List<(ICleanedLog Log, CleanableLog State)> Due(long nowMs)
    {
        var due = new List<(ICleanedLog Log, CleanableLog State)>();
        foreach (var cleaned in logs.All())
        {
            var config = cleaned.Log.Config;
            if (!config.IsCompacted || cleaned.Log.IsUncleanable || cleaned.Log.IsBeingCleaned || cleaned.Log.IsCleaningPaused)
                continue;
            try
            {
                var state = Look(cleaned, cleaned.Log.View, config, nowMs);
                if (state.IsDue(config))
                    due.Add((cleaned, state));
            }
            catch (DiskError error) when (error.Kind is DiskErrorKind.NotFound or DiskErrorKind.TooManyOpenFiles)
            {
                // The segment was deleted meanwhile, or there is no descriptor to look at it; the next look will tell.
            }
            catch (DiskError error)
            {
                cleaned.DiskFailed(error);
            }
        }
        return [.. due.OrderByDescending(candidate => candidate.State.DirtyRatio)];
    }

    private static CleanableLog Look(ICleanedLog cleaned, LogView view, LogConfig config, long nowMs)
        => CleanableLog.Of(view, config, cleaned.Log.FirstDirtyOffset, cleaned.LastStableOffset, nowMs);

    /// <summary>False when it is of no use to go on at once.</summary>
    private async Task<bool> Clean(ICleanedLog cleaned, LogCleaning cleaning, long nowMs)
    {
        var partition = cleaned.Log.Partition;
        long? nextDirtyOffset = null;
        var isUncleanable = false;
        try
        {
            nextDirtyOffset = await Compact(cleaned, cleaning, nowMs);
        }
        catch (DiskError error)
        {
            Judge(cleaned, cleaning, error);
        }
        catch (Exception exception)
        {
            // It would go wrong again and again, unless what was read had been changed meanwhile.
            isUncleanable = !cleaning.IsAborted;
            log.Error(
                "log", $"partition={partition} uncleanable={isUncleanable} {exception.Message}",
                exception is UncleanableLog ? null : exception);
        }
        await cleaned.Change(owned =>
        {
            if (isUncleanable)
                owned.Compaction.MarkUncleanable();
            if (nextDirtyOffset is { } offset)
                owned.Compaction.End(cleaning, offset);
            return owned.Compaction.GiveUp(cleaning);
        });
        if (nextDirtyOffset is null)
        {
            log.Info("log", $"partition={partition} compaction aborted");
            return false;
        }
        await logs.WriteCleanerOffsets();
        return true;
    }

    /// <summary>Where the next compaction begins; null when this one was aborted.</summary>
    private async Task<long?> Compact(ICleanedLog cleaned, LogCleaning cleaning, long nowMs)
    {
        // The log may have changed since it was chosen.
        var state = Look(cleaned, cleaning.View, cleaning.Config, nowMs);
        if (!state.IsDue(cleaning.Config) || !KeepsOpen(cleaning))
            return null;
        try
        {
            return await Compact(cleaned, cleaning, state, nowMs);
        }
        finally
        {
            foreach (var segment in cleaning.View.Segments)
                segment.File.Release();
        }
    }

    private async Task<long?> Compact(ICleanedLog cleaned, LogCleaning cleaning, CleanableLog state, long nowMs)
    {
        if (state.IsCheckpointWrong)
            log.Warn("log", $"partition={cleaned.Log.Partition} checkpoint={cleaned.Log.FirstDirtyOffset} is outside the log; "
                + $"compacting from {state.FirstDirtyOffset}");
        log.Info("log", $"partition={cleaned.Log.Partition} compacting dirtyOffset={state.FirstDirtyOffset} "
            + $"endOffset={state.FirstUncleanableOffset} dirtyRatio={state.DirtyRatio:F2}");
        using var run = new CleaningRun(cleaning, state.FirstDirtyOffset, state.FirstUncleanableOffset, options(), hash, nowMs);
        try
        {
            return await Compact(cleaned, cleaning, run);
        }
        finally
        {
            run.Discard();
        }
    }

    private async Task<long?> Compact(ICleanedLog cleaned, LogCleaning cleaning, CleaningRun run)
    {
        run.DeleteLeftovers();
        if (!await Do(run.FillMap(), cleaning))
            return null;
        var (bytesBefore, bytesAfter) = (0L, 0L);
        foreach (var group in run.Groups())
        {
            if (!await Do(run.Clean(group), cleaning))
                return null;
            var (segment, endOffset) = run.TakeResult();
            if (!await Replace(cleaned, cleaning, group, segment, endOffset))
                return null;
            run.FlushNames();
            bytesBefore += group.Sum(source => (long)source.SizeInBytes);
            bytesAfter += segment.SizeInBytes;
        }
        log.Info("log", $"partition={cleaned.Log.Partition} compacted to={run.NextDirtyOffset} bytes={bytesBefore}→{bytesAfter}");
        return run.NextDirtyOffset;
    }

    /// <summary>A segment that does not become the log's is closed, whatever came between.</summary>
    private static async Task<bool> Replace(
        ICleanedLog cleaned, LogCleaning cleaning, LogSegment[] group, LogSegment segment, long endOffset)
    {
        var isReplaced = false;
        try
        {
            return isReplaced = await cleaned.Change(owned => owned.Compaction.Replace(cleaning, group, segment, endOffset));
        }
        finally
        {
            if (!isReplaced)
                segment.Close();
        }
    }

    /// <summary>The files of a log that is given up stay open while they are read.</summary>
    private static bool KeepsOpen(LogCleaning cleaning)
    {
        var segments = cleaning.View.Segments;
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i].File.TryAddReference())
                continue;
            foreach (var segment in segments.AsSpan(0, i))
                segment.File.Release();
            return false;
        }
        return true;
    }

    /// <summary>Takes the steps, with waits in between; false when the compaction was aborted.</summary>
    private async Task<bool> Do(IEnumerable<int> steps, LogCleaning cleaning)
    {
        foreach (var bytes in steps)
        {
            var wait = throttle.Take(bytes, options().IoBytesPerSecondMax / Math.Max(options().Threads, 1));
            if (wait > TimeSpan.Zero)
                await loop.Pass(wait, stop.Token);
            else
                await Task.Yield();
            if (cleaning.IsAborted || stop.IsCancellationRequested)
                return false;
        }
        return !cleaning.IsAborted;
    }

    /// <summary>What the disk refused is its failure, unless the files have gone with the log or it is short of something.</summary>
    private void Judge(ICleanedLog cleaned, LogCleaning cleaning, DiskError error)
    {
        if (cleaning.IsAborted)
            return;
        if (error.Kind is DiskErrorKind.NoSpace or DiskErrorKind.TooManyOpenFiles)
            log.Warn("log", $"partition={cleaned.Log.Partition} is compacted later: {error.Message}");
        else
            cleaned.DiskFailed(error);
    }
}
