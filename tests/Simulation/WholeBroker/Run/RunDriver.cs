using KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>
/// Drives the world of a run, of one broker or of a cluster, through its faults and to its end, and stops it as soon as something is wrong.
/// </summary>
/// <param name="seen">What the run's own checks have found so far; null when nothing.</param>
internal sealed class RunDriver(RunContext context, FaultPlan plan, Crew crew, Func<Violation?> seen)
{
    /// <summary>How long what remains to be done at a run's end may take.</summary>
    public static readonly TimeSpan FinalTime = TimeSpan.FromSeconds(60);

    public string Trace => context.World.Trace.ToString();

    /// <summary>What happened last, for who looks into a seed that failed.</summary>
    public string Story => context.Log.Told();

    public string Kinds => $"[{string.Join(", ", plan.Kinds)}]";

    public string Faults => $"faults=[{string.Join(", ", plan.Faults.Select(fault => $"{fault.Kind} at {fault.At.TotalSeconds:F1}"))}]";

    public bool HasViolation => seen() is not null || context.World.Errors.Count > 0 || crew.HasFailed;

    public void RequireNoViolation()
    {
        if (seen() is { } violation)
            throw violation;
        crew.RequireNoFailure();
        if (context.World.Errors.Count > 0)
            throw new Violation($"an exception left a piece of work: {context.World.Errors[0]}");
    }

    public void Advance(TimeSpan span)
    {
        var end = context.Now + span;
        context.World.TryRunUntil(() => HasViolation, span);
        RequireNoViolation();
        if (end > context.Now)
            context.World.Advance(end - context.Now);
        RequireNoViolation();
    }

    /// <summary>The clients work while the plan's faults happen.</summary>
    public void WorkWithFaults(Action<FaultKind> inject)
    {
        var begun = context.Now;
        foreach (var fault in plan.Faults)
        {
            Advance(begun + fault.At - context.Now);
            context.World.RunSteps(context.World.Random.Next(200));
            inject(fault.Kind);
        }
        Advance(begun + context.Settings.FaultTime - context.Now);
    }

    /// <summary>Everything that can be read of the partitions.</summary>
    public Dictionary<TopicPartition, List<string>> Dump(IReadOnlyList<TopicPartition> partitions)
    {
        var dump = new LogDump(context, partitions);
        var dumping = context.World.Start(dump.Run);
        if (!context.World.TryRunUntil(() => HasViolation || dumping.IsCompleted, FinalTime))
            throw new Violation($"not everything can be read: {dump.LastTrouble}");
        RequireNoViolation();
        dumping.GetAwaiter().GetResult();
        return dump.Logs;
    }
}
