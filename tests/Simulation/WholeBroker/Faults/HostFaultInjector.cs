using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;

/// <summary>The faults that meet one broker's process and its disks.</summary>
internal sealed class HostFaultInjector
{
    private readonly RunContext run;
    private readonly BrokerHost host;
    private readonly DiskFaultInjector disks;
    private readonly Action<FaultKind> count;
    /// <summary>How many of the next starts end before they are done.</summary>
    private int startsToEnd;

    public HostFaultInjector(RunContext run, BrokerHost host, Action<FaultKind> count)
    {
        (this.run, this.host, this.count) = (run, host, count);
        disks = new DiskFaultInjector(run, host.Setup.Machine.Disk, host.Setup.LogDirs, count);
        host.Starting = OnStarting;
    }

    public string? DeadDir => disks.DeadDir;

    private Random Random => run.World.Random;

    public void Inject(FaultKind kind)
    {
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
                if (host.State is HostState.Starting or HostState.Running)
                    count(kind);
                host.Stop();
                break;
            default:
                disks.Inject(kind);
                break;
        }
    }

    /// <inheritdoc cref="DiskFaultInjector.Heal"/>
    public bool Heal(bool mayLeaveDirDead)
    {
        startsToEnd = 0;
        return disks.Heal(mayLeaveDirDead);
    }

    private void End(FaultKind kind, bool losesPower)
    {
        if (host.Process is not { IsAlive: true } process)
            return;
        count(kind);
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
        host.Setup.Machine.Disk.CrashIn(Random.Next(1, stepsMax));
        var ended = process.Ended;
        process.Ended = () =>
        {
            count(kind);
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
}
