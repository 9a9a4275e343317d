using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Moving;

namespace KafkaCompatBroker.Replication.Moves;

/// <summary>
/// Copies logs into one log dir, on a loop of its own that may block: one log after the other, so that space is given back soon, and
/// another while one cannot go on. The loop owns a copy while its move is here, but for the moment in which the copy takes the log's place
/// on the partition's loop. Kafka's ReplicaAlterLogDirsThread.
/// </summary>
internal sealed class MoveWorker
{
    private readonly MoveServices services;
    private readonly ILoop loop;
    private readonly List<LogMove> moves = [];
    private bool isRunning;

    public MoveWorker(MoveServices services, string targetDir)
    {
        this.services = services;
        loop = services.Loops.CreateBlocking($"log-mover-{targetDir}");
    }

    /// <summary>Begins the move, or goes on with what was copied before. Callable from anywhere.</summary>
    public void Add(LogMove move) => loop.Post(() =>
    {
        move.Copy.Log.AttachTo(loop);
        moves.Add(move);
        if (isRunning)
            return;
        isRunning = true;
        loop.Run(Run);
    });

    /// <summary>Ends the move where it is; once this is done no loop has the copy. Callable from anywhere.</summary>
    public Task Remove(LogMove move) => loop.Ask(() =>
    {
        if (moves.Remove(move) && move.Copy.Log.IsAttached)
            move.Copy.Log.Detach();
        return true;
    });

    private async Task Run()
    {
        while (moves.Count > 0)
        {
            var now = services.Loops.Time.GetTimestamp();
            if (services.Quota.IsExceeded || moves.Find(move => move.DelayedUntil <= now) is not { } next)
                await loop.Pass(services.Backoff);
            else
            {
                await Advance(next);
                // Between two pieces others have their turn on the loop: a move that is cancelled ends.
                await Task.Yield();
            }
        }
        isRunning = false;
    }

    private async Task Advance(LogMove move)
    {
        try
        {
            if (move.Partition.Snapshot.Leadership.Log is not { } source)
                GiveUp(move);
            else if (!ReferenceEquals(move.Source, source))
                await Begin(move, source);
            else
                await Step(move, source);
        }
        catch (DiskError error) when (error.Kind == DiskErrorKind.TooManyOpenFiles)
        {
            Delay(move);
        }
        catch (DiskError error)
        {
            services.DiskFailed(error);
            GiveUp(move);
        }
        catch (ObjectDisposedException) when (!ReferenceEquals(move.Source, move.Partition.Snapshot.Leadership.Log))
        {
            // The log was given up while it was read; the next look tells what became of the partition.
        }
        catch (Exception exception)
        {
            services.Log.Error(
                "replicas", $"partition={move.Partition.Name} {loop.Name} met a bug of this broker and goes on", exception);
            Delay(move);
        }
    }

    private async Task Begin(LogMove move, ReadOnlyLog source)
    {
        var look = await move.Partition.ChangeLog(source, LogCopy.Look);
        if (!moves.Contains(move))
            return;
        if (look is null)
        {
            Delay(move);
            return;
        }
        move.Copy.Begin(look);
        move.Source = source;
        services.Log.Info(
            "replicas",
            $"partition={move.Partition.Name} copying to logDir={move.TargetDir} offset={move.Copy.Log.LogEndOffset} "
            + $"logEndOffset={look.LogEndOffset}");
        await services.WriteRecoveryPoints();
    }

    private async Task Step(LogMove move, ReadOnlyLog source)
    {
        var step = move.Copy.Step(source);
        services.Quota.Record(step.Bytes);
        switch (step.Result)
        {
            case CopyResult.Copied:
                break;
            case CopyResult.Truncated:
                await services.WriteRecoveryPoints();
                break;
            case CopyResult.CaughtUp:
                await Finish(move, source);
                break;
            case CopyResult.Nothing:
                // Compaction may have left nothing up to the log's end, which is known for certain only where the log is changed.
                if (!await Finish(move, source))
                    Delay(move);
                break;
            case CopyResult.Failed:
                services.Log.Warn("replicas", $"partition={move.Partition.Name} the copy in {move.TargetDir} rests: {step.Reason}");
                // Epochs tell next time up to where the two are alike.
                move.Source = null;
                Delay(move);
                break;
        }
    }

    private async Task<bool> Finish(LogMove move, ReadOnlyLog source)
    {
        move.Copy.Log.Flush();
        move.Copy.Log.Detach();
        var isDone = await services.Finish(move, source);
        if (!moves.Contains(move))
            return isDone;
        if (isDone)
            moves.Remove(move);
        else
        {
            move.Copy.Log.AttachTo(loop);
            // The copy may have been cut.
            await services.WriteRecoveryPoints();
        }
        return isDone;
    }

    private void Delay(LogMove move) => move.DelayedUntil = services.Loops.TimestampIn(services.Backoff);

    /// <summary>The copy stays in its dir, for the next start of the broker where it is of use then.</summary>
    private void GiveUp(LogMove move)
    {
        if (!moves.Remove(move))
            return;
        if (move.Copy.Log.IsAttached)
            move.Copy.Log.Detach();
        services.Log.Warn("replicas", $"partition={move.Partition.Name} move to logDir={move.TargetDir} ended");
        services.GivenUp(move);
    }
}
