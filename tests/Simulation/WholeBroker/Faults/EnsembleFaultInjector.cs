using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;

/// <summary>The faults that meet the ensemble of a broker.</summary>
internal sealed class EnsembleFaultInjector(RunContext run, SimEnsemble ensemble, Action<FaultKind> count)
{
    private int lossPeriods;

    private Random Random => run.World.Random;

    public void Inject(FaultKind kind)
    {
        switch (kind)
        {
            case FaultKind.SessionEnds:
                foreach (var session in ensemble.SessionIds)
                {
                    ensemble.Expire(session);
                    count(kind);
                }
                break;
            case FaultKind.ServerStops:
                Stop(ensemble.Servers[Random.Next(ensemble.Servers.Count)], TimeSpan.FromMilliseconds(Random.Next(1, 3000)));
                count(kind);
                break;
            case FaultKind.EnsembleStops:
                var time = RunSettings.SessionTimeout * 2 * Random.NextDouble();
                foreach (var server in ensemble.Servers)
                    Stop(server, time);
                count(kind);
                break;
            default:
                LoseAnswers();
                break;
        }
    }

    public void Heal() => ensemble.Fault = () => EnsembleFault.None;

    private void Stop(SimZooKeeper server, TimeSpan time)
    {
        if (!server.IsStarted)
            return;
        server.Stop();
        run.World.Time.CreateTimer(_ => server.Start(), null, time, Timeout.InfiniteTimeSpan);
    }

    private void LoseAnswers()
    {
        var period = ++lossPeriods;
        ensemble.Fault = () =>
        {
            if (Random.Next(10) > 0)
                return EnsembleFault.None;
            count(FaultKind.LostAnswers);
            return Random.Next(2) == 0 ? EnsembleFault.CutBefore : EnsembleFault.CutBehind;
        };
        run.World.Time.CreateTimer(_ =>
        {
            if (period == lossPeriods)
                Heal();
        }, null, TimeSpan.FromMilliseconds(Random.Next(500, 6000)), Timeout.InfiniteTimeSpan);
    }
}
