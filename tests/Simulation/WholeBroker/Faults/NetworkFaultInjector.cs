using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.World.Networks;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;

/// <summary>The faults that meet connections.</summary>
/// <param name="usual">The weather while nothing slows it down.</param>
internal sealed class NetworkFaultInjector(RunContext run, LinkWeather usual, Action<FaultKind> count)
{
    private int slowPeriods;

    private Random Random => run.World.Random;

    private SimNetwork Network => run.World.Network;

    public void Inject(FaultKind kind)
    {
        if (kind == FaultKind.Slow)
        {
            SlowDown();
            return;
        }
        var open = Network.Links;
        for (var links = Random.Next(1, 4); links > 0 && open.Count > 0; links--)
        {
            Meet(kind, open[Random.Next(open.Count)]);
            count(kind);
        }
    }

    public void Heal() => SetWeather(usual);

    private void Meet(FaultKind kind, SimLink link)
    {
        switch (kind)
        {
            case FaultKind.Cut when Random.Next(2) == 0:
                link.Cut(Random.Next(100), Random.Next(100));
                break;
            // In the middle of what is sent next.
            case FaultKind.Cut:
                link.HoldUntil(run.Now + TimeSpan.FromMilliseconds(600));
                run.World.Time.CreateTimer(
                    _ => link.Cut(Random.Next(100), Random.Next(100)), null, TimeSpan.FromMilliseconds(500), Timeout.InfiniteTimeSpan);
                break;
            case FaultKind.HalfOpen:
                // The buffers on the way may be full already: then a sender waits, and only a deadline of its own ends that.
                if (Random.Next(2) == 0)
                    link.SetWeather(Network.Weather with { WindowBytes = 0 });
                var side = Random.Next(3);
                link.Vanish(toProcess: side != 0, toClient: side != 1);
                break;
            default:
                link.HoldUntil(run.Now + TimeSpan.FromMilliseconds(Random.Next(200, 12_000)));
                break;
        }
    }

    private void SlowDown()
    {
        var period = ++slowPeriods;
        SetWeather(usual with
        {
            LatencyMax = TimeSpan.FromMilliseconds(Random.Next(1, 200)),
            PieceMaxBytes = Random.Next(2) == 0 ? int.MaxValue : Random.Next(5, 300),
            WindowBytes = Random.Next(2) == 0 ? 64 * 1024 : Random.Next(100, 2000),
        });
        count(FaultKind.Slow);
        run.World.Time.CreateTimer(_ =>
        {
            if (period == slowPeriods)
                SetWeather(usual);
        }, null, TimeSpan.FromMilliseconds(Random.Next(500, 6000)), Timeout.InfiniteTimeSpan);
    }

    private void SetWeather(LinkWeather weather)
    {
        Network.Weather = weather;
        foreach (var link in Network.Links)
            link.SetWeather(weather);
    }
}
