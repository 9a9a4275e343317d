using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;

/// <summary>Makes the faults of a run happen, and heals them. Counts those that took effect: an armed one may never be met.</summary>
internal sealed class FaultInjector
{
    private readonly RunContext run;
    private readonly BrokerHost host;
    private readonly DiskFaultInjector disks;
    private readonly NetworkFaultInjector network;
    private readonly EnsembleFaultInjector? ensemble;
    /// <summary>How many of the next starts end before they are done.</summary>
    private int startsToEnd;

    public FaultInjector(RunContext run, BrokerHost host)
    {
        (this.run, this.host) = (run, host);
        disks = new DiskFaultInjector(run, Count);
        network = new NetworkFaultInjector(run, Count);
        ensemble = run.Ensemble is { } there ? new EnsembleFaultInjector(run, there, Count) : null;
        host.Starting = OnStarting;
    }

    /// <summary>How often each kind took effect.</summary>
    public SortedDictionary<FaultKind, int> Effects { get; } = [];

    public string? DeadDir => disks.DeadDir;

    private Random Random => run.World.Random;

    public void Inject(FaultKind kind)
    {
        run.Log.Tell($"fault {kind}");
        switch (kind)
        {
            case FaultKind.Kill or FaultKind.PowerLoss:
                End(kind, kind == FaultKind.PowerLoss);
                break;
            case FaultKind.KillInStep or FaultKind.PowerLossInStep:
                EndInStep(kind, kind == FaultKind.PowerLossInStep, stepsMax: 300);
                break;
            case FaultKind.EndInStart:
                startsToEnd = Random.Next(1, 4);
                End(kind, losesPower: Random.Next(2) == 0);
                break;
            case FaultKind.EndInStop:
                EndInStop();
                break;
            case FaultKind.OrderlyStop:
                CountIf(kind, host.State == HostState.Running);
                host.Stop();
                break;
            case FaultKind.Cut or FaultKind.HalfOpen or FaultKind.Slow or FaultKind.Stall:
                network.Inject(kind);
                break;
            case FaultKind.SessionEnds or FaultKind.ServerStops or FaultKind.EnsembleStops or FaultKind.LostAnswers:
                ensemble!.Inject(kind);
                break;
            default:
                disks.Inject(kind);
                break;
        }
    }

    /// <summary>
    /// Ends all faults; a log dir may stay dead. True when a log dir has been lost to the running broker, which takes it back only when it
    /// starts anew.
    /// </summary>
    public bool Heal(bool mayLeaveDirDead)
    {
        startsToEnd = 0;
        network.Heal();
        ensemble?.Heal();
        return disks.Heal(mayLeaveDirDead);
    }

    private void End(FaultKind kind, bool losesPower)
    {
        if (host.Process is not { IsAlive: true } process)
            return;
        Count(kind);
        if (losesPower)
            process.LosePower();
        else
            process.Kill();
    }

    private void EndInStep(FaultKind kind, bool losesPower, int stepsMax)
    {
        if (host.Process is not { IsAlive: true } process)
            return;
        process.CrashLosesPower = losesPower;
        run.World.Disk.CrashIn(Random.Next(1, stepsMax));
        var ended = process.Ended;
        process.Ended = () =>
        {
            Count(kind);
            ended?.Invoke();
        };
    }

    private void EndInStop()
    {
        if (host.State != HostState.Running)
            return;
        host.Stop();
        EndSoon(FaultKind.EndInStop);
    }

    private void OnStarting()
    {
        if (startsToEnd == 0)
            return;
        startsToEnd--;
        EndSoon(FaultKind.EndInStart);
    }

    /// <summary>Inside one of the next steps of the disk, or between two pieces of work a moment later.</summary>
    private void EndSoon(FaultKind kind)
    {
        var (process, losesPower) = (host.Process!, Random.Next(2) == 0);
        if (Random.Next(2) == 0)
        {
            EndInStep(kind, losesPower, stepsMax: 40);
            return;
        }
        run.World.Time.CreateTimer(_ =>
        {
            if (host.Process == process)
                End(kind, losesPower);
        }, null, TimeSpan.FromTicks(Random.Next(2000)), Timeout.InfiniteTimeSpan);
    }

    private void CountIf(FaultKind kind, bool condition)
    {
        if (condition)
            Count(kind);
    }

    private void Count(FaultKind kind)
    {
        Effects[kind] = Effects.GetValueOrDefault(kind) + 1;
        run.Log.Tell($"{kind} has taken effect");
    }
}
