namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>What a repair is asked for.</summary>
public sealed record RepairOptions
{
    public required IDisk Disk { get; init; }
    public required TimeProvider Time { get; init; }
    /// <summary>False only tells what would be done.</summary>
    public required bool IsAgreed { get; init; }
    /// <summary>Whether segments are written anew without what is unsound between their sound batches.</summary>
    public required bool LeavesOutDamage { get; init; }
    /// <summary>Is told of each step before it is taken, or would be.</summary>
    public required Action<RepairStep> Tell { get; init; }
    public Action<long> Progress { get; init; } = static _ => { };
}

/// <summary>
/// Mends what an inspection finds: first the <c>.log</c> files, then what is built from them, looking again in between, until nothing is
/// left that it can mend. The dir's lock is its caller's.
/// </summary>
public static class LogRepair
{
    /// <returns>What is damaged afterwards, or before when the repair was not agreed to.</returns>
    public static IReadOnlyList<Finding> Run(RepairOptions options, string path)
    {
        var applier = new RepairApplier(options.Disk, options.Time);
        for (List<RepairStep> before = []; ;)
        {
            var damage = Inspect(options, path);
            var steps = StepsFor(damage, options);
            // A step that has not helped is not taken again.
            if (steps.Count == 0 || steps.SequenceEqual(before))
                return damage;
            foreach (var step in steps)
            {
                options.Tell(step);
                if (options.IsAgreed)
                    applier.Apply(step);
            }
            if (!options.IsAgreed)
                return damage;
            before = steps;
        }
    }

    private static List<Finding> Inspect(RepairOptions options, string path)
    {
        var damage = new List<Finding>();
        var inspection = new InspectionOptions
        {
            Disk = options.Disk,
            Progress = options.Progress,
            Report = finding =>
            {
                if (finding.Kind == FindingKind.Damage)
                    damage.Add(finding);
            },
        };
        LogInspector.Inspect(inspection, path, static (_, _) => { });
        return damage;
    }

    private static List<RepairStep> StepsFor(List<Finding> damage, RepairOptions options)
    {
        var steps = damage.Select(finding => finding.Remedy).OfType<RepairStep>()
            .Where(step => step is not RepairStep.LeaveOutDamage || options.LeavesOutDamage).Distinct()
            .OrderBy(step => step.Rank).ToList();
        // Those behind are decided anew once the first are taken.
        return options.IsAgreed ? steps.FindAll(step => step.Rank == steps[0].Rank) : steps;
    }
}
