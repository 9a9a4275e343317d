namespace KafkaCompatBroker.Tests.Simulation.World;

/// <summary>
/// One process of the world. When it is killed none of its loops runs another piece of work, its connections are cut and its file locks are
/// gone; what it wrote stays.
/// </summary>
public sealed class SimProcess(SimWorld world) : ILoops
{
    private bool isAlive = true;

    public TimeProvider Time => world.Time;

    public ILoop Create(string name) => new ProcessLoop(this, world.Loops.Create(name));

    public ILoop CreateBlocking(string name) => Create(name);

    public void Kill()
    {
        isAlive = false;
        world.Trace.Add("killed");
        world.Disk.KillProcesses();
        world.Network.CutAll();
    }

    private sealed class ProcessLoop(SimProcess process, ILoop loop) : ILoop
    {
        public string Name => loop.Name;
        public bool IsCurrent => loop.IsCurrent;

        public void Post(ILoopWork work)
        {
            if (process.isAlive)
                loop.Post(new ProcessWork(process, work));
        }

        public void RunOrPost(ILoopWork work)
        {
            if (process.isAlive)
                loop.RunOrPost(new ProcessWork(process, work));
        }

        public IDisposable Schedule(TimeSpan delay, ILoopWork work) => loop.Schedule(delay, new ProcessWork(process, work));
    }

    private sealed class ProcessWork(SimProcess process, ILoopWork work) : ILoopWork
    {
        public void Run()
        {
            if (process.isAlive)
                work.Run();
        }
    }
}
