namespace KafkaCompatBroker.Tests.Unit.Storage;

/// <summary>Loops for flushes, on which nothing runs before the test says so.</summary>
internal sealed class HeldFlushes : ILoops
{
    private readonly Queue<Action> held = new();

    /// <summary>Those that wait to be run; a loop has one at a time.</summary>
    public int Count => held.Count;

    public TimeProvider Time => throw new NotSupportedException();

    public int Processors => 1;

    public ILoop Create(string name) => throw new NotSupportedException();

    public ILoop CreateBlocking(string name) => new Loop(this, name);

    /// <summary>Runs the flush that has waited for longest; how it went is then on its way to the log's loop.</summary>
    public void RunOne() => held.Dequeue()();

    private sealed class Loop(HeldFlushes flushes, string name) : ILoop
    {
        public string Name => name;

        public bool IsCurrent { get; private set; }

        public void Post(ILoopWork work) => flushes.held.Enqueue(() =>
        {
            IsCurrent = true;
            work.Run();
            IsCurrent = false;
        });

        public void RunOrPost(ILoopWork work) => Post(work);

        public IDisposable Schedule(TimeSpan delay, ILoopWork work) => throw new NotSupportedException();
    }
}
