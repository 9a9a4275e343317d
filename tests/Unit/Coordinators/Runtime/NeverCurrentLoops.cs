namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

/// <summary>Loops that run work at once and say that it is not theirs: as if their state were touched from a wrong loop.</summary>
internal sealed class NeverCurrentLoops(TimeProvider time) : ILoops
{
    public TimeProvider Time => time;

    public ILoop Create(string name) => new NeverCurrentLoop(name);

    public ILoop CreateBlocking(string name) => new NeverCurrentLoop(name);

    private sealed class NeverCurrentLoop(string name) : ILoop
    {
        public string Name => name;
        public bool IsCurrent => false;

        public void Post(ILoopWork work) => work.Run();

        public void RunOrPost(ILoopWork work) => work.Run();

        public IDisposable Schedule(TimeSpan delay, ILoopWork work) => throw new NotSupportedException();
    }
}
