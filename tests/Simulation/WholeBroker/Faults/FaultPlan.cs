namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;

/// <summary>One fault of a run, and when it comes.</summary>
internal sealed record PlannedFault(TimeSpan At, FaultKind Kind);

/// <summary>
/// The faults of a run, drawn from its seed: now and then none, often of one kind alone, often several kinds together.
/// </summary>
internal sealed class FaultPlan
{
    private FaultPlan(IReadOnlyList<FaultKind> kinds, IReadOnlyList<PlannedFault> faults) => (Kinds, Faults) = (kinds, faults);

    public IReadOnlyList<FaultKind> Kinds { get; }

    /// <summary>In the order of their times.</summary>
    public IReadOnlyList<PlannedFault> Faults { get; }

    /// <param name="among">The kinds that may be drawn.</param>
    public static FaultPlan Draw(Random random, TimeSpan time, IEnumerable<FaultKind> among)
    {
        var all = among.ToArray();
        random.Shuffle(all);
        var kindCount = random.Next(20) switch { 0 => 0, < 8 => 1, < 14 => 2, _ => random.Next(3, 7) };
        var kinds = all.Take(kindCount).Order().ToList();
        var faults = new List<PlannedFault>();
        foreach (var kind in kinds)
        {
            for (var count = random.Next(1, kindCount > 2 ? 3 : 5); count > 0; count--)
                faults.Add(new PlannedFault(TimeSpan.FromMilliseconds(random.Next(300, (int)time.TotalMilliseconds)), kind));
        }
        return new FaultPlan(kinds, [.. faults.OrderBy(fault => fault.At)]);
    }
}
