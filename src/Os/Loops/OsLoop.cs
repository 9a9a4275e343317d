using System.Collections.Concurrent;

namespace KafkaCompatBroker.Os.Loops;

/// <summary>
/// A serial loop without a thread of its own: whoever brings work to the idle loop runs it, or has the pool run it.
/// <see cref="outstanding"/> counts pieces queued or running; who raises it from 0 must run or schedule the loop, and who lowers it to 0
/// has left nothing behind. So no wakeup is lost and two threads never run one loop. A loop whose work may block has a thread of its own
/// for as long as there is work, and for a second more.
/// </summary>
internal sealed class OsLoop : ILoop, IThreadPoolWorkItem
{
    /// <summary>
    /// After so long (milliseconds) the loop goes to the back of the pool's queue, so that a busy one does not keep a thread from the
    /// others. Time is counted and not pieces, of which one may be a thousand times the work of another.
    /// </summary>
    private const int TurnMaxMs = 5;

    private readonly string name;
    private readonly ILog log;
    private readonly ConcurrentQueue<ILoopWork> queue = new();
    /// <summary>Null for a loop that takes its threads from the pool.</summary>
    private readonly LingeringThread? ownThread;
    private int outstanding;
    private int runningThreadId;

    public OsLoop(string name, bool mayBlock, ILog log)
    {
        (this.name, this.log) = (name, log);
        if (mayBlock)
            ownThread = new LingeringThread(name, () => RunQueued(long.MaxValue));
    }

    public string Name => name;

    public bool IsCurrent => Volatile.Read(ref runningThreadId) == Environment.CurrentManagedThreadId;

    public void Post(ILoopWork work)
    {
        // First the work, then the count: a thread that sees the count finds the work.
        queue.Enqueue(work);
        if (Interlocked.Increment(ref outstanding) == 1)
            FindThread();
    }

    public void RunOrPost(ILoopWork work)
    {
        if (ownThread is not null || Interlocked.CompareExchange(ref outstanding, 1, 0) != 0)
        {
            Post(work);
            return;
        }
        RunOne(work);
        if (Interlocked.Decrement(ref outstanding) > 0)
            FindThread();
    }

    public IDisposable Schedule(TimeSpan delay, ILoopWork work) => new LoopTimer(this, delay, work);

    void IThreadPoolWorkItem.Execute()
    {
        if (!RunQueued(TurnMaxMs))
            FindThread();
    }

    private void FindThread()
    {
        if (ownThread is not null)
            ownThread.Run();
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>False when it has run for so long and there is more.</summary>
    private bool RunQueued(long maxMs)
    {
        var begun = Environment.TickCount64;
        do
        {
            Invariant.Holds(queue.TryDequeue(out var work));
            RunOne(work);
            if (Interlocked.Decrement(ref outstanding) == 0)
                return true;
        }
        while (Environment.TickCount64 - begun < maxMs);
        return false;
    }

    private void RunOne(ILoopWork work)
    {
        // Work run inline must not find the context of the loop it was brought from: its awaits would come back there.
        var context = SynchronizationContext.Current;
        if (context is not null)
            SynchronizationContext.SetSynchronizationContext(null);
        Volatile.Write(ref runningThreadId, Environment.CurrentManagedThreadId);
        try
        {
            work.Run();
        }
        catch (Exception exception)
        {
            log.Error("loop", $"loop={name} work={work.GetType().Name} failed", exception);
        }
        finally
        {
            Volatile.Write(ref runningThreadId, 0);
            if (context is not null)
                SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
