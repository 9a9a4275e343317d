namespace KafkaCompatBroker.Tests.Unit.Kernel.Seams;

/// <summary>A loop that runs work at once. Its timers run when a test runs them, however late that is, disposed or not.</summary>
internal sealed class LateLoop : ILoop, IDisposable
{
    public List<ILoopWork> Scheduled { get; } = [];

    public string Name => "late";

    public bool IsCurrent => true;

    public void Post(ILoopWork work) => work.Run();

    public void RunOrPost(ILoopWork work) => work.Run();

    public IDisposable Schedule(TimeSpan delay, ILoopWork work)
    {
        Scheduled.Add(work);
        return this;
    }

    public void Dispose()
    {
    }
}
