namespace KafkaCompatBroker.Tests.Simulation.World.Scheduling;

/// <summary>The loops of one lifetime: all on the world's thread, one piece of work at a time.</summary>
public sealed class SimLoops(SimScheduler scheduler, SimLifetime lifetime) : ILoops
{
    public TimeProvider Time { get; } = scheduler.Time.For(lifetime);
    public int Processors => 1;
    public ILoop Create(string name) => new SimLoop(scheduler, lifetime, Time, name, mayBlock: false);
    public ILoop CreateBlocking(string name) => new SimLoop(scheduler, lifetime, Time, name, mayBlock: true);
}

/// <summary>
/// One serial loop of the world. Work given with RunOrPost runs at once when nothing waits, as it does outside the simulation; never on
/// a loop whose work may block. When schedules are drawn, such work takes time at its end: what it has posted arrives then, and others have
/// gone on meanwhile.
/// </summary>
public sealed class SimLoop(SimScheduler scheduler, SimLifetime lifetime, TimeProvider time, string name, bool mayBlock) : ILoop
{
    private readonly Queue<ILoopWork> queue = new();
    private bool running;
    /// <summary>The last piece of work has yet to come to its end.</summary>
    private bool isBusy;

    public string Name => name;
    public bool IsCurrent => running;
    internal SimLifetime Lifetime => lifetime;

    public void Post(ILoopWork work)
    {
        if (lifetime.IsOver || !scheduler.IsOnThread(name))
            return;
        if (scheduler.HeldPosts is { } held)
        {
            held.Add(() => Post(work));
            return;
        }
        queue.Enqueue(work);
        if (queue.Count == 1 && !isBusy)
            scheduler.HasWorkIn(this);
    }

    public void RunOrPost(ILoopWork work)
    {
        if (lifetime.IsOver || !scheduler.IsOnThread(name))
            return;
        if (mayBlock || running || queue.Count > 0 || lifetime.IsPaused || scheduler.HeldPosts is not null)
            Post(work);
        else
            RunNow(work);
    }

    /// <summary>
    /// As with the system's timers, which count whole milliseconds, the work may come a part of one too early when schedules are drawn.
    /// </summary>
    public IDisposable Schedule(TimeSpan delay, ILoopWork work)
    {
        if (scheduler.IsShuffling && delay >= TimeSpan.FromMilliseconds(1))
            delay -= TimeSpan.FromTicks(scheduler.Random.NextInt64(TimeSpan.TicksPerMillisecond));
        return new Scheduled(this, time, work, delay);
    }

    /// <summary>Runs the oldest piece of work; false when none is left behind it, or none may begin yet.</summary>
    internal bool RunNext()
    {
        if (mayBlock && scheduler.IsShuffling && scheduler.Random.Next(2) == 0)
            RunForAWhile();
        else
            RunNow(queue.Peek());
        queue.Dequeue();
        if (lifetime.IsOver)
            queue.Clear();
        return queue.Count > 0 && !isBusy;
    }

    private void RunForAWhile()
    {
        List<Action> posts = [];
        scheduler.HeldPosts = posts;
        try
        {
            RunNow(queue.Peek());
        }
        finally
        {
            scheduler.HeldPosts = null;
        }
        isBusy = true;
        time.CreateTimer(_ =>
        {
            isBusy = false;
            if (queue.Count > 0)
                scheduler.HasWorkIn(this);
            posts.ForEach(post => post());
        }, null, TimeSpan.FromMilliseconds(scheduler.Random.Next(1, 20)), Timeout.InfiniteTimeSpan);
    }

    private void RunNow(ILoopWork work)
    {
        Invariant.Holds(!running);
        running = true;
        try
        {
            scheduler.Run(lifetime, name, work.Run);
        }
        finally
        {
            running = false;
        }
    }

    private sealed class Scheduled : ILoopWork, IDisposable
    {
        private readonly ILoopWork work;
        private readonly ITimer timer;
        private bool stopped;

        public Scheduled(SimLoop loop, TimeProvider time, ILoopWork work, TimeSpan delay)
        {
            this.work = work;
            timer = time.CreateTimer(_ =>
            {
                if (!stopped)
                    loop.Post(this);
            }, null, delay, Timeout.InfiniteTimeSpan);
        }

        public void Run()
        {
            if (!stopped)
                work.Run();
        }

        public void Dispose()
        {
            stopped = true;
            timer.Dispose();
        }
    }
}
