namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>A piece of work for a loop; an object that is its own work item costs no further allocation.</summary>
public interface ILoopWork
{
    void Run();
}

/// <summary>
/// A serial loop: runs one piece of work at a time, in the order posted. It owns the state of one partition, coordinator shard, controller
/// or store. Work is synchronous and never blocks. An exception that leaves a piece of work is logged at the root, and the loop goes on.
/// </summary>
public interface ILoop
{
    string Name { get; }
    /// <summary>True on the loop's own work. State owned by a loop is touched only where this holds.</summary>
    bool IsCurrent { get; }
    /// <summary>Queues work behind what is queued; never runs it inside this call.</summary>
    void Post(ILoopWork work);
    /// <summary>
    /// Runs the work now on the caller's thread when the loop is idle and has nothing queued; otherwise queues it. Order among callers of
    /// one thread holds.
    /// </summary>
    void RunOrPost(ILoopWork work);
    /// <summary>
    /// Queues the work when the delay has passed on the loop's TimeProvider. Once the result is disposed, the work does not begin any more:
    /// for certain when that is done on the loop, even where the work was queued already.
    /// </summary>
    IDisposable Schedule(TimeSpan delay, ILoopWork work);
}

/// <summary>Makes loops and tells the time. One per process; the simulation has its own, with one thread for all loops.</summary>
public interface ILoops
{
    TimeProvider Time { get; }
    /// <summary>How many loops run at the same time, as far as the machine is concerned.</summary>
    int Processors { get; }
    ILoop Create(string name);
    /// <summary>
    /// A loop whose work may wait for the disk for long, as in the flush of a gigabyte: it takes no thread from the others. Runs nothing on
    /// its caller's.
    /// </summary>
    ILoop CreateBlocking(string name);
}

public static class LoopExtensions
{
    public static void Post(this ILoop loop, Action work) => loop.Post(new ActionWork(work));

    public static void RunOrPost(this ILoop loop, Action work) => loop.RunOrPost(new ActionWork(work));

    public static IDisposable Schedule(this ILoop loop, TimeSpan delay, Action work) => loop.Schedule(delay, new ActionWork(work));

    /// <summary>
    /// Runs the work each period, the first time one period from now, until the result is disposed. The next wait starts after the work.
    /// </summary>
    public static IDisposable ScheduleEach(this ILoop loop, TimeSpan period, Action work) => new RepeatedWork(loop, period, work);

    /// <summary>The timestamp at which a delay ends that begins now.</summary>
    public static long TimestampIn(this ILoops loops, TimeSpan delay)
        => loops.Time.GetTimestamp() + (long)(delay.TotalSeconds * loops.Time.TimestampFrequency);

    /// <summary>Runs a function on the loop and gives its result to whoever awaits.</summary>
    public static Task<T> Ask<T>(this ILoop loop, Func<T> question)
    {
        var work = new QuestionWork<T>(question);
        loop.RunOrPost(work);
        return work.Answer;
    }

    private sealed class ActionWork(Action action) : ILoopWork
    {
        public void Run() => action();
    }

    private sealed class QuestionWork<T>(Func<T> question) : ILoopWork
    {
        // Inline continuations would run the asker's code on this loop.
        private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Answer => completion.Task;

        public void Run()
        {
            try
            {
                completion.SetResult(question());
            }
            catch (Exception exception)
            {
                completion.SetException(exception);
            }
        }
    }

    private sealed class RepeatedWork : ILoopWork, IDisposable
    {
        private readonly ILoop loop;
        private readonly TimeSpan period;
        private readonly Action work;
        private volatile bool stopped;
        private IDisposable timer;

        public RepeatedWork(ILoop loop, TimeSpan period, Action work)
        {
            (this.loop, this.period, this.work) = (loop, period, work);
            timer = loop.Schedule(period, this);
        }

        public void Run()
        {
            if (stopped)
                return;
            try
            {
                work();
            }
            finally
            {
                if (!stopped)
                    timer = loop.Schedule(period, this);
            }
        }

        public void Dispose()
        {
            stopped = true;
            timer.Dispose();
        }
    }
}
