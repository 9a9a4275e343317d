namespace KafkaCompatBroker.Tests.Simulation.World;

/// <summary>The world's loops: all on the world's thread, one piece of work at a time.</summary>
public sealed class SimLoops(SimWorld world) : ILoops
{
    public TimeProvider Time => world.Time;
    public ILoop Create(string name) => new SimLoop(world, name);
    public ILoop CreateBlocking(string name) => new SimLoop(world, name);
}

/// <summary>
/// One serial loop of the world. Work given with RunOrPost runs at once when nothing waits, as it does outside the simulation.
/// </summary>
public sealed class SimLoop(SimWorld world, string name) : ILoop
{
    private readonly Queue<ILoopWork> queue = new();
    private bool running;

    public string Name => name;
    public bool IsCurrent => running;

    public void Post(ILoopWork work)
    {
        if (!world.IsOnThread(name))
            return;
        queue.Enqueue(work);
        if (queue.Count == 1)
            world.HasWork(this);
    }

    public void RunOrPost(ILoopWork work)
    {
        if (!world.IsOnThread(name))
            return;
        if (running || queue.Count > 0)
            Post(work);
        else
            RunNow(work);
    }

    public IDisposable Schedule(TimeSpan delay, ILoopWork work)
        => new Scheduled(this, work, delay);

    /// <summary>Runs the oldest piece of work; false when none is left behind it.</summary>
    internal bool RunNext()
    {
        RunNow(queue.Peek());
        queue.Dequeue();
        return queue.Count > 0;
    }

    private void RunNow(ILoopWork work)
    {
        Invariant.Holds(!running);
        running = true;
        try
        {
            world.Run(name, work.Run);
        }
        finally
        {
            running = false;
        }
    }

    private sealed class Scheduled : IDisposable
    {
        private readonly ITimer timer;
        private bool stopped;

        public Scheduled(SimLoop loop, ILoopWork work, TimeSpan delay)
        {
            timer = loop.Time.CreateTimer(_ =>
            {
                if (!stopped)
                    loop.Post(work);
            }, null, delay, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            stopped = true;
            timer.Dispose();
        }
    }

    private TimeProvider Time => world.Time;
}
