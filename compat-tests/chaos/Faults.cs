using KafkaCompatBroker.CompatTests.ZooKeeper;

namespace KafkaCompatBroker.CompatTests.Chaos;

/// <summary>
/// What is done to the cluster. Each begins when the cluster is whole and ends when what it took is there again; that the cluster is whole
/// again is for the caller to wait for.
/// </summary>
internal static class Faults
{
    /// <summary>kill -9 of the leader of some partition.</summary>
    public static async Task KillLeader(ChaosCluster cluster, int round)
    {
        var topic = cluster.Topics[round % cluster.Topics.Count];
        await Kill(cluster, await cluster.LeaderOf(topic, round % ChaosClients.PartitionCount), round);
    }

    public static async Task KillController(ChaosCluster cluster, int round) => await Kill(cluster, await cluster.Controller(), round);

    /// <summary>A leader stands still until its session has expired and others lead, and then goes on, not knowing of that.</summary>
    public static async Task Pause(ChaosCluster cluster, int round)
    {
        var broker = round % 3 == 2 ? await cluster.Controller() : await cluster.LeaderOf(cluster.Topics[0], round % 3);
        var epoch = (await cluster.Registration(broker))!.Value.Epoch;
        broker.Suspend();
        await Admin.Until("the session has expired", async () => await cluster.Registration(broker) is null);
        await cluster.Brokers.UntilLedByOthers(cluster.IndexOf(broker), cluster.Topics);
        broker.Resume();
        await UntilRegisteredAfter(cluster, broker, epoch);
    }

    /// <summary>kill -9 of a server of the ensemble, in turns the one that leads it and one that follows.</summary>
    public static async Task RestartZooKeeper(ChaosCluster cluster, int round)
    {
        var wanted = round % 2 == 0 ? "leader" : "follower";
        RealZooKeeper? server = null;
        await Admin.Until($"a {wanted} serves", async () => (server = await WithMode(cluster, wanted)) is not null);
        server!.Kill();
        await Admin.Until("the ensemble has a leader", async () => await WithMode(cluster, "leader") is not null);
        await server.Start();
        // The others serve nobody either while they look for a leader.
        await Admin.Until("all servers serve again", async () =>
        {
            foreach (var one in cluster.Ensemble)
            {
                if (await one.Mode() is null)
                    return false;
            }
            return true;
        });
    }

    /// <summary>The ensemble ends the session of a broker that knows nothing of it: now the controller's, now another's.</summary>
    public static async Task ExpireSession(ChaosCluster cluster, int round)
    {
        var controller = await cluster.Controller();
        var broker = cluster.Brokers.All[(cluster.IndexOf(controller) + round) % cluster.Brokers.All.Count];
        var (session, epoch) = (await cluster.Registration(broker))!.Value;
        var server = cluster.Ensemble[round % cluster.Ensemble.Count];
        await Admin.Until("the session is ended", () => SessionEnder.End(server.Port, session));
        await UntilRegisteredAfter(cluster, broker, epoch);
    }

    /// <summary>SIGTERM and start of each broker in turn, the next when all replicas are in sync.</summary>
    public static async Task RestartAll(ChaosCluster cluster, int round)
    {
        foreach (var broker in cluster.Brokers.All)
        {
            await broker.Restart();
            await cluster.UntilWhole();
        }
    }

    /// <summary>In turns it comes back when others lead, and at once, while its former session still lives.</summary>
    private static async Task Kill(ChaosCluster cluster, BrokerUnderTest broker, int round)
    {
        await broker.Kill();
        if (round % 2 == 0)
            await cluster.Brokers.UntilLedByOthers(cluster.IndexOf(broker), cluster.Topics);
        await broker.Start();
    }

    private static Task UntilRegisteredAfter(ChaosCluster cluster, BrokerUnderTest broker, long epoch)
        => Admin.Until("the broker is registered anew", async () => (await cluster.Registration(broker))?.Epoch > epoch);

    private static async Task<RealZooKeeper?> WithMode(ChaosCluster cluster, string mode)
    {
        foreach (var server in cluster.Ensemble)
        {
            if (await server.Mode() == mode)
                return server;
        }
        return null;
    }
}
