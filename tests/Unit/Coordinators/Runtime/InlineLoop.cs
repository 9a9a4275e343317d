namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

/// <summary>A loop that runs work at once; while it is not current, it is as if its state were touched from a wrong loop.</summary>
internal sealed class InlineLoop : ILoop
{
    public string Name => "inline";
    public bool IsCurrent { get; set; } = true;

    public void Post(ILoopWork work) => work.Run();

    public void RunOrPost(ILoopWork work) => work.Run();

    public IDisposable Schedule(TimeSpan delay, ILoopWork work) => throw new NotSupportedException("no test waits for it");
}

/// <summary>Makes loops that are never current.</summary>
internal sealed class WrongLoops(TimeProvider time) : ILoops
{
    public TimeProvider Time => time;

    public int Processors => 1;

    public ILoop Create(string name) => new InlineLoop { IsCurrent = false };

    public ILoop CreateBlocking(string name) => new InlineLoop { IsCurrent = false };
}
