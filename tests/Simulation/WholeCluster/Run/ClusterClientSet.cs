using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

/// <summary>Who works in a run of a cluster: of each kind of client some, as the seed draws.</summary>
internal static class ClusterClientSet
{
    public static List<KafkaClient> Create(ClusterContext run)
        => run.Transactions is { } transactions ? Transactional(run, transactions) : Plain(run);

    private static List<KafkaClient> Transactional(ClusterContext run, TransactionRun transactions)
    {
        var random = run.World.Random;
        var clients = new List<KafkaClient>
        {
            new TopicKeeper(run, "keeper", transactions.Topics),
            new IdempotentProducer(run, "source", transactions.Source),
            new CommittedReader(run, "reader-ledger", transactions.Ledger),
            new CommittedReader(run, "reader-copies", transactions.Copies),
        };
        for (var number = random.Next(1, 4); number > 0; number--)
            clients.Add(new LedgerProducer(run, $"writer-{number}", $"writers-{number % 2}"));
        for (var number = transactions.CopiersTakeTurns ? 2 : random.Next(1, 3); number > 0; number--)
            clients.Add(new Copier(run, number));
        if (random.Next(3) == 0)
            clients.Add(new Reassigner(run, "reassigner", transactions.Ledger));
        return clients;
    }

    private static List<KafkaClient> Plain(ClusterContext run)
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
