using System.Runtime.ExceptionServices;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>A folder of a partition in a dir.</summary>
/// <param name="IsFuture">Whether a copy of the partition's log in another dir grows in it.</param>
internal sealed record FoundLog(TopicPartition Partition, string Folder, LogConfig Config, bool IsFuture = false);

/// <summary>
/// The opening of the logs of one dir, by its caller or by loops each of which takes one log after another. Each log is opened by one of
/// them and by nobody else; after the first that cannot be opened no other is begun. What came of it is taken when all of them have ended.
/// </summary>
internal sealed class LogLoading(
    IReadOnlyList<FoundLog> found, Func<FoundLog, LoadingProgress, PartitionLog> open, LoadingProgress progress)
{
    private readonly PartitionLog?[] opened = new PartitionLog?[found.Count];
    private readonly TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int begunCount;
    private int workerCount;
    private ExceptionDispatchInfo? failure;

    public TimeSpan Elapsed => progress.Elapsed;

    /// <summary>Those that could be opened, in the order in which they were found.</summary>
    public IEnumerable<(FoundLog Found, PartitionLog Log)> Opened
        => found.Zip(opened).Where(each => each.Second is not null).Select(each => (each.First, each.Second!));

    /// <summary>Opens the logs one after another.</summary>
    public void Run()
    {
        while (OpenNext())
        {
        }
    }

    /// <summary>Opens the logs on loops made for it; ends when all of the loops have ended, and does not fail.</summary>
    public Task Run(ILoops loops, string name, int loopCount)
    {
        workerCount = Math.Clamp(loopCount, 1, Math.Max(found.Count, 1));
        var workers = Enumerable.Range(0, workerCount).Select(
            number => new Worker(this, loops.CreateBlocking($"{name}-{number}"))).ToList();
        foreach (var worker in workers)
            worker.Begin();
        return end.Task;
    }

    /// <summary>Throws why a log could not be opened.</summary>
    public void RequireSuccess() => Volatile.Read(ref failure)?.Throw();

    /// <summary>False when there is no more to do.</summary>
    private bool OpenNext()
    {
        if (Volatile.Read(ref failure) is not null || Interlocked.Increment(ref begunCount) is var number && number > found.Count)
            return false;
        try
        {
            opened[number - 1] = open(found[number - 1], progress);
        }
        // It goes on where the outcome is awaited: the loops of this are no place to handle it.
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
            return false;
        }
        progress.LogOpened();
        return true;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref workerCount) == 0)
            end.SetResult();
    }

    private sealed class Worker(LogLoading loading, ILoop loop) : ILoopWork
    {
        public void Begin() => loop.Post(this);

        public void Run()
        {
            if (loading.OpenNext())
                loop.Post(this);
            else
                loading.Leave();
        }
    }
}
