using System.Net;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;
using KafkaCompatBroker.Tests.Simulation.World.Networks;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

/// <summary>
/// Several whole brokers on an ensemble, and their clients, in a world of one seed. First the clients work while faults happen, and every
/// answer and every change of a znode is checked as it comes. Then all faults heal, and within <see cref="LivenessTime"/> of the world's
/// time every client must get on; once the clients are gone, every partition must be led and have all its replicas in sync within
/// <see cref="ConvergenceTime"/>. In the end what is there is compared with what was ever answered, and replicas with each other.
/// </summary>
internal sealed class ClusterRun
{
    public static readonly TimeSpan LivenessTime = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan ConvergenceTime = TimeSpan.FromSeconds(30);

    private readonly ClusterContext context;
    private readonly List<BrokerHost> hosts;
    private readonly ClusterFaultInjector injector;
    private readonly Crew crew;
    private readonly RunDriver driver;
    private BugWatch? bugs;

    /// <param name="kinds">The kinds of faults that may happen; all of them when it is not given.</param>
    /// <param name="withTransactions">Whether clients have transactions.</param>
    public ClusterRun(int seed, IReadOnlyCollection<FaultKind>? kinds = null, bool withTransactions = false)
    {
        var world = new SimWorld(seed) { IsShuffling = true };
        var faultTime = TimeSpan.FromSeconds(world.Random.Next(8, 25));
        var plan = FaultPlan.Draw(world.Random, faultTime, kinds ?? FaultKinds.OfCluster);
        var servers = Enumerable.Range(0, world.Random.Next(2) == 0 ? 1 : 3).Select(
            index => new IPEndPoint(ClusterAddresses.OfServer(index), 2181));
        var ensemble = new SimEnsemble(world, [.. servers]);
        var isFlushed = plan.Kinds.Any(FaultKinds.LosingUnsynced.Contains) || world.Random.Next(4) == 0;
        var settings = ClusterSettings.Draw(world.Random, ensemble.ConnectString, faultTime, isFlushed, withTransactions);
        context = new ClusterContext(world, ensemble, settings);
        // Where bytes take their time, a leader has records that its followers do not have yet.
        world.Network.Weather = new LinkWeather
        {
            WindowBytes = 64 * 1024,
            LatencyMax = TimeSpan.FromMilliseconds(world.Random.Next(4) switch { 0 => 0, 1 => 2, 2 => 15, _ => 60 }),
        };
        hosts = [.. settings.BrokerIds.Select(CreateHost)];
        context.History.Acknowledged = new AckCheck(context, hosts).Acknowledged;
        var clients = ClusterClientSet.Create(context);
        injector = new ClusterFaultInjector(context, hosts, clients.Count);
        if (context.Transactions is { } transactions)
            transactions.Decided = injector.OnDecided;
        crew = new Crew(context);
        driver = new RunDriver(context, plan, crew, () => Violation);
        clients.ForEach(crew.Begin);
    }

    public string Trace => driver.Trace;

    /// <inheritdoc cref="RunDriver.Story"/>
    public string Story => driver.Story;

    public string Kinds => driver.Kinds;

    public string Setup => $"brokers={hosts.Count} servers={context.Ensemble!.Servers.Count} dirs={context.Cluster.LogDirs.Count} "
        + $"flushed={context.Cluster.IsFlushed} "
        + driver.Faults;

    public void Run(ClusterStats? stats = null)
    {
        using var watch = bugs = new BugWatch(() => true);
        hosts.ForEach(host => host.Start());
        driver.WorkWithFaults(injector.Inject);
        context.Log.Tell("all faults heal");
        injector.Heal();
        RequireLiveness();
        RequireConvergence();
        CheckEnd();
        driver.RequireNoViolation();
        stats?.Add(context, injector.Effects.Keys);
    }

    private BrokerHost CreateHost(int id)
    {
        var machine = context.World.CreateMachine(ClusterAddresses.OfBroker(id));
        foreach (var dir in context.Cluster.LogDirs)
            machine.Disk.Mount(Path.GetDirectoryName(dir)!);
        return new BrokerHost(context, new HostSetup
        {
            Machine = machine,
            Properties = context.Cluster.PropertiesOf(id),
            LogDirs = context.Cluster.LogDirs,
            HostName = $"{machine.Address}",
            Log = new BrokerLog(context.Log, id, context.Leaders),
            Tell = what => context.Log.Tell($"{id} {what}"),
            // What was acknowledged is on other brokers' disks, and flushed on this one's where a run loses what is not.
            LostUnsynced = () => { },
            StartTimeout = TimeSpan.FromMinutes(10),
            StopTimeout = TimeSpan.FromMinutes(10),
        });
    }

    private void RequireLiveness()
    {
        var none = new DeadPartitions(context, deadDir: null);
        crew.Begin(new LivenessProbe(context, none));
        crew.RequireProgress(_ => true, () => driver.HasViolation, LivenessTime);
        driver.RequireNoViolation();
        crew.Stop(() => driver.HasViolation, RunDriver.FinalTime);
        crew.Disconnect();
        driver.RequireNoViolation();
    }

    private void RequireConvergence()
    {
        var deadline = context.Now + ConvergenceTime;
        // What a client wanted last may not have begun yet, and coordinators write what becomes of groups that nobody is in any more.
        driver.Advance(LivenessProbe.GroupsEndWithin);
        while (Convergence.Missing(context, hosts) is { } missing)
        {
            if (context.Now > deadline)
                throw new Violation($"not at rest {ConvergenceTime.TotalSeconds} s after the last client has gone: {missing}");
            driver.Advance(TimeSpan.FromMilliseconds(200));
        }
    }

    private void CheckEnd()
    {
        foreach (var (partition, log) in driver.Dump([.. context.History.Partitions.Select(history => history.Name)]))
            RecordCheck.Check(context.History.Of(partition), log);
        if (context.Transactions is not null)
            CheckTransactions();
        ReplicaCheck.Check(context, hosts);
    }

    private void CheckTransactions()
    {
        var check = new TransactionCheck(context);
        var checking = context.World.Start(check.Run);
        if (!context.World.TryRunUntil(() => driver.HasViolation || checking.IsCompleted, ConvergenceTime))
            throw new Violation($"transactions have not come to their end: {check.LastTrouble}");
        driver.RequireNoViolation();
        checking.GetAwaiter().GetResult();
    }

    private Violation? Violation
    {
        get
        {
            if ((context.Znodes.Violation ?? context.Leaders.Violation ?? bugs!.Seen) is { } seen)
                return seen;
            foreach (var host in hosts)
            {
                if (host.Violation is { } violation)
                    return violation;
            }
            return null;
        }
    }
}
