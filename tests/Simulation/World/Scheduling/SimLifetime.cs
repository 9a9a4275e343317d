namespace KafkaCompatBroker.Tests.Simulation.World.Scheduling;

/// <summary>
/// What is queued, armed or awaited belongs to a lifetime, and none of it runs once that is over: so a killed process does nothing more.
/// </summary>
public sealed class SimLifetime
{
    public bool IsOver { get; private set; }

    public void End() => IsOver = true;
}
