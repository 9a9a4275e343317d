using System.Net;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Faults;

/// <summary>The faults that meet the routes between machines.</summary>
internal sealed class RouteFaultInjector(ClusterContext run, int clientCount, Action<FaultKind> count)
{
    private readonly IPAddress[] brokers = [.. run.Cluster.BrokerIds.Select(ClusterAddresses.OfBroker)];
    private readonly IPAddress[] servers = [.. run.Ensemble!.Servers.Select(server => server.EndPoint.Address)];
    private readonly IPAddress[] clients = [.. Enumerable.Range(0, clientCount).Select(ClusterAddresses.OfClient)];

    private Random Random => run.World.Random;

    /// <param name="broker">The one that is met.</param>
    public void CutOff(IPAddress broker)
    {
        IPAddress[] from = Random.Next(5) switch
        {
            0 => [.. brokers, .. servers, .. clients],
            1 => [.. brokers, .. servers],
            2 => brokers,
            3 => servers,
            _ => clients,
        };
        var direction = Random.Next(4);
        var routes = new List<(IPAddress From, IPAddress To)>();
        foreach (var other in from.Where(other => !other.Equals(broker)))
        {
            if (direction != 0)
                routes.Add((broker, other));
            if (direction != 1)
                routes.Add((other, broker));
        }
        Cut(routes, TimeSpan.FromMilliseconds(Random.Next(500, 12_000)));
        count(FaultKind.CutOff);
    }

    public void OneWay()
    {
        var from = brokers[Random.Next(brokers.Length)];
        IPAddress[] others = [.. brokers.Where(other => !other.Equals(from)), .. servers];
        var to = others[Random.Next(others.Length)];
        Cut([Random.Next(2) == 0 ? (from, to) : (to, from)], TimeSpan.FromMilliseconds(Random.Next(500, 8000)));
        count(FaultKind.OneWay);
    }

    public void Heal() => run.World.Network.HealRoutes();

    private void Cut(List<(IPAddress From, IPAddress To)> routes, TimeSpan time)
    {
        foreach (var (from, to) in routes)
            run.World.Network.CutRoute(from, to);
        run.World.Time.CreateTimer(_ =>
        {
            foreach (var (from, to) in routes)
                run.World.Network.HealRoute(from, to);
        }, null, time, Timeout.InfiniteTimeSpan);
    }
}
