using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.World.Networks;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;

/// <summary>Makes the faults of a run happen, and heals them. Counts those that took effect: an armed one may never be met.</summary>
internal sealed class FaultInjector
{
    private readonly RunContext run;
    private readonly HostFaultInjector host;
    private readonly NetworkFaultInjector network;
    private readonly EnsembleFaultInjector? ensemble;

    public FaultInjector(RunContext run, BrokerHost host)
    {
        this.run = run;
        this.host = new HostFaultInjector(run, host, Count);
        network = new NetworkFaultInjector(run, new LinkWeather { WindowBytes = 64 * 1024 }, Count);
        ensemble = run.Ensemble is { } there ? new EnsembleFaultInjector(run, there, Count) : null;
    }

    /// <summary>How often each kind took effect.</summary>
    public SortedDictionary<FaultKind, int> Effects { get; } = [];

    public string? DeadDir => host.DeadDir;

    public void Inject(FaultKind kind)
    {
        run.Log.Tell($"fault {kind}");
        switch (kind)
        {
            case FaultKind.Cut or FaultKind.HalfOpen or FaultKind.Slow or FaultKind.Stall:
                network.Inject(kind);
                break;
            case FaultKind.SessionEnds or FaultKind.ServerStops or FaultKind.EnsembleStops or FaultKind.LostAnswers:
                ensemble!.Inject(kind);
                break;
            default:
                host.Inject(kind);
                break;
        }
    }

    /// <summary>
    /// Ends all faults; a log dir may stay dead. True when a log dir has been lost to the running broker, which takes it back only when it
    /// starts anew.
    /// </summary>
    public bool Heal(bool mayLeaveDirDead)
    {
        network.Heal();
        ensemble?.Heal();
        return host.Heal(mayLeaveDirDead);
    }

    private void Count(FaultKind kind)
    {
        Effects[kind] = Effects.GetValueOrDefault(kind) + 1;
        run.Log.Tell($"{kind} has taken effect");
    }
}
