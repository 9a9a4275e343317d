namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

/// <summary>A loop that runs work at once and whose clock says nothing by itself, however late it is.</summary>
internal sealed class LateLoop : ILoop
{
    public List<ILoopWork> Scheduled { get; } = [];

    public string Name => "late";

    public bool IsCurrent => true;

    public void Post(ILoopWork work) => work.Run();

    public void RunOrPost(ILoopWork work) => work.Run();

    public IDisposable Schedule(TimeSpan delay, ILoopWork work)
    {
        Scheduled.Add(work);
        return new MemoryStream();
    }
}
