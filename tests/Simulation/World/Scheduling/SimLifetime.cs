namespace KafkaCompatBroker.Tests.Simulation.World.Scheduling;

/// <summary>
/// What is queued, armed or awaited belongs to a lifetime, and none of it runs once that is over: so a killed process does nothing more.
/// While it is paused its work waits, and what becomes due meanwhile waits behind it.
/// </summary>
public sealed class SimLifetime
{
    private readonly Queue<Action> held = new();

    public bool IsOver { get; private set; }

    public bool IsPaused { get; private set; }

    public void End()
    {
        (IsOver, IsPaused) = (true, false);
        held.Clear();
    }

    /// <summary>As SIGSTOP.</summary>
    public void Pause() => IsPaused = true;

    /// <summary>As SIGCONT: what has waited is queued again, in its order.</summary>
    public void Resume()
    {
        IsPaused = false;
        while (held.TryDequeue(out var queueAgain))
            queueAgain();
    }

    internal void Hold(Action queueAgain) => held.Enqueue(queueAgain);
}
