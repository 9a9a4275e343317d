namespace KafkaCompatBroker.Tests.Simulation.World.Disks;

/// <summary>
/// What a disk is about to do wrong: faults by operation and path, and faults by step, where each call that changes something or makes it
/// durable is one step. A write that dies or fails by step may be half done.
/// </summary>
internal sealed class DiskFaults
{
    private readonly List<DiskFault> armed = [];
    private long crashAtStep = long.MaxValue;
    private (long Step, DiskErrorKind Kind) failAtStep = (long.MaxValue, DiskErrorKind.Other);
    private (long Step, DiskErrorKind Kind) brokenFromStep = (long.MaxValue, DiskErrorKind.Other);

    public long Steps { get; private set; }

    public bool HasCrashed { get; private set; }

    /// <summary>The next step dies or fails.</summary>
    public bool IsNextStepArmed => Steps + 1 == crashAtStep || Steps + 1 == failAtStep.Step;

    public void Arm(DiskFault fault) => armed.Add(fault);

    public void CrashIn(int steps) => crashAtStep = Steps + steps;

    public void FailIn(int steps, DiskErrorKind kind) => failAtStep = (Steps + steps, kind);

    public void BreakIn(int steps, DiskErrorKind kind) => brokenFromStep = (Steps + steps, kind);

    public void Heal()
    {
        armed.Clear();
        crashAtStep = failAtStep.Step = brokenFromStep.Step = long.MaxValue;
    }

    /// <summary>The dead process is gone; an armed crash was its own.</summary>
    public void Revive()
    {
        HasCrashed = false;
        crashAtStep = long.MaxValue;
    }

    public void RequireAlive()
    {
        if (HasCrashed)
            throw new SimCrash();
    }

    /// <summary>Fails when a fault is armed for the operation.</summary>
    public void Check(DiskOperation operation, string path)
    {
        RequireAlive();
        foreach (var fault in armed)
        {
            if (fault.Meets(operation, path))
                throw new DiskError(fault.Kind, path, NameOf(operation), "injected");
        }
    }

    /// <summary>Counts a step, and dies or fails in it when that is armed; <paramref name="half"/> does a part of it first.</summary>
    public void Step(DiskOperation operation, string path, Action? half = null)
    {
        RequireAlive();
        Steps++;
        if (Steps >= brokenFromStep.Step)
            throw new DiskError(brokenFromStep.Kind, path, NameOf(operation), "injected");
        if (Steps != crashAtStep && Steps != failAtStep.Step)
            return;
        half?.Invoke();
        if (Steps == failAtStep.Step)
            throw new DiskError(failAtStep.Kind, path, NameOf(operation), "injected");
        HasCrashed = true;
        throw new SimCrash();
    }

    public static string NameOf(DiskOperation operation) => operation switch
    {
        DiskOperation.Create => "open",
        DiskOperation.FlushFolder => "flush folder",
        DiskOperation.CreateFolder => "create folder",
        _ => operation.ToString().ToLowerInvariant(),
    };
}
