using KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>
/// A broker and its clients in a world of one seed. First the clients work while faults happen, and every answer is checked as it comes.
/// Then all faults heal (one log dir may stay dead), and within <see cref="LivenessTime"/> of the world's time the broker must answer
/// everything and every client must get on. In the end all that is there is read and compared with all that was ever answered, and read
/// again behind one more end and start.
/// </summary>
internal sealed class BrokerRun
{
    /// <summary>How long the broker may take, once all faults are healed, to answer everything.</summary>
    public static readonly TimeSpan LivenessTime = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyCollection<FaultKind> kinds;
    private readonly RunContext context;
    private readonly BrokerHost host;
    private readonly FaultInjector injector;
    private readonly Crew crew;
    private readonly RunDriver driver;
    private BugWatch? bugs;

    /// <param name="kinds">The kinds of faults that may happen; all of them when it is not given.</param>
    /// <param name="onEnsemble">Whether the broker's znodes are in an ensemble.</param>
    public BrokerRun(int seed, IReadOnlyCollection<FaultKind>? kinds = null, bool onEnsemble = false)
    {
        this.kinds = kinds ?? (onEnsemble ? FaultKinds.OnEnsemble : FaultKinds.Alone);
        context = new RunContext(seed, onEnsemble);
        var plan = FaultPlan.Draw(context.World.Random, context.Settings.FaultTime, this.kinds);
        host = new BrokerHost(context, HostSetup.Of(context));
        var durability = new DurabilityCheck(host.Setup);
        context.History.Acknowledged = (name, offset, records) => durability.Acknowledged(context.History.Of(name), offset, records);
        context.History.Read = (name, offset, value) => durability.Read(context.History.Of(name), offset, value);
        injector = new FaultInjector(context, host);
        crew = new Crew(context);
        driver = new RunDriver(context, plan, crew, () => Violation);
        foreach (var dir in context.Settings.LogDirs)
            context.World.Disk.Mount(Path.GetDirectoryName(dir)!);
    }

    public string Trace => driver.Trace;

    /// <inheritdoc cref="RunDriver.Story"/>
    public string Story => driver.Story;

    public string Kinds => driver.Kinds;

    public string Setup => $"dirs={context.Settings.LogDirs.Count} offsetsDurable={context.Settings.AreOffsetsDurable} "
        + driver.Faults;

    public void Run(RunStats? stats = null)
    {
        using var watch = bugs = new BugWatch(() => host.Process is { IsAlive: true });
        host.Start();
        foreach (var client in ClientSet.Create(context))
            crew.Begin(client);
        driver.WorkWithFaults(injector.Inject);
        var dead = Heal();
        RequireLiveness(dead);
        StopClients();
        RequireNoConnections();
        CheckEnd(dead);
        driver.RequireNoViolation();
        stats?.Add(context.History, injector.Effects.Keys);
    }

    private DeadPartitions Heal()
    {
        context.Log.Tell("all faults heal");
        var mustRestart = injector.Heal(mayLeaveDirDead: context.World.Random.Next(2) == 0);
        if (mustRestart)
            host.Stop();
        return new DeadPartitions(context, injector.DeadDir);
    }

    private void RequireLiveness(DeadPartitions dead)
    {
        crew.Begin(new LivenessProbe(context, dead));
        crew.RequireProgress(client => !dead.Excuses(client), () => driver.HasViolation, LivenessTime);
        driver.RequireNoViolation();
    }

    private void StopClients()
    {
        crew.Stop(() => driver.HasViolation, RunDriver.FinalTime);
        driver.RequireNoViolation();
    }

    /// <summary>
    /// The clients are gone. The broker keeps none of their connections longer than idle ones, not even those that were left half open.
    /// </summary>
    private void RequireNoConnections()
    {
        crew.Disconnect();
        if (context.World.Random.Next(4) != 0)
            return;
        driver.Advance(context.Settings.ConnectionsMaxIdle + TimeSpan.FromSeconds(5));
        // The one to the ensemble stays.
        if (host.Process!.ConnectionCount - (context.Ensemble is null ? 0 : 1) is var count and > 0)
            throw new Violation($"{count} connections are left {context.Settings.ConnectionsMaxIdle} after the last client has gone");
    }

    private void CheckEnd(DeadPartitions dead)
    {
        var logs = Dump(dead);
        foreach (var (partition, log) in logs)
            RecordCheck.Check(context.History.Of(partition), log);
        FaultKind?[] ends = [null, FaultKind.Kill, FaultKind.PowerLoss, FaultKind.OrderlyStop];
        var end = ends[context.World.Random.Next(ends.Length)];
        if (end is null || !kinds.Contains(end.Value))
            return;
        if (end == FaultKind.Kill)
            host.Process!.Kill();
        else if (end == FaultKind.PowerLoss)
            host.Process!.LosePower();
        else
            host.Stop();
        foreach (var (partition, log) in Dump(dead))
        {
            var isPrefix = end == FaultKind.PowerLoss && !context.History.Of(partition).IsDurable;
            if (!log.SequenceEqual(isPrefix ? logs[partition].Take(log.Count) : logs[partition]))
                throw new Violation($"{partition} holds {log.Count} records behind the last start, having held {logs[partition].Count}, "
                    + $"and differs from offset {log.Zip(logs[partition]).TakeWhile(pair => pair.First == pair.Second).Count()} on");
        }
    }

    private Dictionary<TopicPartition, List<string>> Dump(DeadPartitions dead)
        => driver.Dump([.. context.History.Partitions.Select(history => history.Name).Where(partition => !dead.Contains(partition))]);

    private Violation? Violation => host.Violation ?? bugs!.Seen;
}
