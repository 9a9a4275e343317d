using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Faults;

/// <summary>
/// Makes the faults of a cluster's run happen, and heals them. Those that meet one broker meet the controller's more often than by chance,
/// or a leader's.
/// </summary>
internal sealed class ClusterFaultInjector
{
    private readonly ClusterContext run;
    private readonly IReadOnlyList<BrokerHost> hosts;
    private readonly IReadOnlyList<HostFaultInjector> injectors;
    private readonly NetworkFaultInjector network;
    private readonly EnsembleFaultInjector ensemble;
    private readonly RouteFaultInjector routes;

    /// <param name="clientCount">How many clients there are.</param>
    public ClusterFaultInjector(ClusterContext run, IReadOnlyList<BrokerHost> hosts, int clientCount)
    {
        (this.run, this.hosts) = (run, hosts);
        injectors = [.. hosts.Select(host => new HostFaultInjector(run, host, Count))];
        network = new NetworkFaultInjector(run, run.World.Network.Weather, Count);
        ensemble = new EnsembleFaultInjector(run, run.Ensemble!, Count);
        routes = new RouteFaultInjector(run, clientCount, Count);
    }

    /// <summary>Whether faults are over.</summary>
    private bool isHealed;

    /// <summary>How often each kind took effect.</summary>
    public SortedDictionary<FaultKind, int> Effects { get; } = [];

    private Random Random => run.World.Random;

    public void Inject(FaultKind kind)
    {
        run.Log.Tell($"fault {kind}");
        var broker = Draw();
        switch (kind)
        {
            case FaultKind.Cut or FaultKind.HalfOpen or FaultKind.Slow or FaultKind.Stall:
                network.Inject(kind);
                break;
            case FaultKind.SessionEnds or FaultKind.ServerStops or FaultKind.EnsembleStops or FaultKind.LostAnswers:
                ensemble.Inject(kind);
                break;
            case FaultKind.Pause:
                Pause(hosts[broker]);
                break;
            case FaultKind.CutOff:
                run.Log.Tell($"it meets broker {broker + 1}");
                routes.CutOff(hosts[broker].Setup.Machine.Address);
                break;
            case FaultKind.OneWay:
                routes.OneWay();
                break;
            case FaultKind.KillAll:
                KillAll();
                break;
            default:
                run.Log.Tell($"it meets broker {broker + 1}");
                injectors[broker].Inject(kind);
                break;
        }
    }

    /// <summary>
    /// A transaction's end is decided, and its partitions are told now. Now and then this is when the coordinator dies, or one of theirs.
    /// </summary>
    public void OnDecided(string transactionalId)
    {
        if (isHealed || Random.Next(30) != 0)
            return;
        var home = run.Transactions!.HomeOf(transactionalId);
        var met = Random.Next(3) == 0 ? run.Transactions.Partitions.First() : home;
        if (run.Znodes.StateOf(met) is not { Leader: > 0 and var leader })
            return;
        var process = hosts[leader - 1].Process;
        run.Log.Tell($"the leader of {met} dies in the end of a transaction of {transactionalId}");
        run.World.Time.CreateTimer(
            _ => process?.Kill(), null, TimeSpan.FromMilliseconds(Random.Next(1, 40)), Timeout.InfiniteTimeSpan);
    }

    public void Heal()
    {
        isHealed = true;
        network.Heal();
        ensemble.Heal();
        routes.Heal();
        for (var index = 0; index < hosts.Count; index++)
        {
            Resume(hosts[index]);
            if (injectors[index].Heal(mayLeaveDirDead: false))
                hosts[index].Stop();
        }
    }

    /// <summary>The index of the broker that a fault meets.</summary>
    private int Draw()
    {
        if (run.Transactions is { } transactions && Random.Next(3) == 0
            && run.Znodes.StateOf(transactions.HomeOf(transactions.CopierId(1))) is { Leader: > 0 and var coordinator })
            return coordinator - 1;
        var topic = run.Settings.Topics[Random.Next(run.Settings.Topics.Count)];
        var id = Random.Next(4) switch
        {
            0 => run.Znodes.Controller,
            1 or 2 => run.Znodes.StateOf(new TopicPartition(topic.Name, Random.Next(topic.PartitionCount)))?.Leader ?? -1,
            _ => -1,
        };
        return id > 0 ? id - 1 : Random.Next(hosts.Count);
    }

    private void Pause(BrokerHost host)
    {
        if (host.Process is not { IsAlive: true, IsPaused: false } process)
            return;
        process.Pause();
        Count(FaultKind.Pause);
        var time = TimeSpan.FromMilliseconds(Random.Next(2) == 0 ? Random.Next(100, 2500) : Random.Next(2500, 15_000));
        run.Log.Tell($"{host.Setup.HostName} stands still for {time.TotalSeconds:F1} s");
        run.World.Time.CreateTimer(_ => Resume(process), null, time, Timeout.InfiniteTimeSpan);
    }

    private static void Resume(BrokerHost host)
    {
        if (host.Process is { } process)
            Resume(process);
    }

    private static void Resume(World.Processes.SimProcess process)
    {
        if (process is { IsAlive: true, IsPaused: true })
            process.Resume();
    }

    private void KillAll()
    {
        foreach (var host in hosts)
        {
            var process = host.Process;
            run.World.Time.CreateTimer(
                _ => process?.Kill(), null, TimeSpan.FromMilliseconds(Random.Next(1, 1000)), Timeout.InfiniteTimeSpan);
        }
        Count(FaultKind.KillAll);
    }

    private void Count(FaultKind kind)
    {
        Effects[kind] = Effects.GetValueOrDefault(kind) + 1;
        run.Log.Tell($"{kind} has taken effect");
    }
}
