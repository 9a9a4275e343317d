using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>Who works in a run: of each kind of client some, as the seed draws.</summary>
internal static class ClientSet
{
    public static List<KafkaClient> Create(RunContext run)
    {
        var random = run.World.Random;
        var (flushed, cached) = (run.Settings.Topics[0], run.Settings.Topics[1]);
        var clients = new List<KafkaClient>
        {
            new TopicKeeper(run, "keeper"),
            new PlainProducer(run, "all", flushed, acks: -1),
            new PlainProducer(run, "one", cached, acks: 1),
            new IdempotentProducer(run, "idempotent-flushed", flushed),
            new IdempotentProducer(run, "idempotent-cached", cached),
            new Reader(run, "reader-flushed", flushed),
            new Reader(run, "reader-cached", cached),
            new OffsetCommitter(run, "committer", flushed.Partitions.First()),
        };
        for (var group = random.Next(1, 3); group > 0; group--)
        {
            for (var member = random.Next(1, 4); member > 0; member--)
                clients.Add(new GroupMember(run, $"member-{group}-{member}", $"group-{group}"));
        }
        for (var churner = random.Next(1, 3); churner > 0; churner--)
            clients.Add(new TopicChurner(run, $"churn-{churner}"));
        return clients;
    }
}
