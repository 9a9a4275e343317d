using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Clients;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

/// <summary>Who works in a run of a cluster: of each kind of client some, as the seed draws.</summary>
internal static class ClusterClientSet
{
    public static List<KafkaClient> Create(ClusterContext run)
    {
        var random = run.World.Random;
        var (orders, events) = (run.Settings.Topics[0], run.Settings.Topics[1]);
        var clients = new List<KafkaClient>
        {
            new TopicKeeper(run, "keeper"),
            new PlainProducer(run, "all", orders, acks: -1),
            new IdempotentProducer(run, "idempotent-orders", orders),
            new IdempotentProducer(run, "idempotent-events", events),
            new Reader(run, "reader-orders", orders),
            new Reader(run, "reader-events", events),
            new EndWatcher(run, "ends", orders),
        };
        if (random.Next(2) == 0)
            clients.Add(new OffsetCommitter(run, "committer", orders.Partitions.First()));
        if (random.Next(2) == 0)
        {
            for (var member = random.Next(1, 4); member > 0; member--)
                clients.Add(new GroupMember(run, $"member-{member}", "group"));
        }
        if (random.Next(2) == 0)
            clients.Add(new TopicChurner(run, "churn"));
        if (random.Next(3) == 0)
            clients.Add(new TopicGrower(run, "grow"));
        if (random.Next(2) == 0)
            clients.Add(new Reassigner(run, "reassigner", random.Next(2) == 0 ? orders : events));
        if (random.Next(3) == 0)
            clients.Add(new Elector(run, "elector", random.Next(2) == 0 ? orders : events));
        return clients;
    }
}
