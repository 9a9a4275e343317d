using KafkaCompatBroker.CompatTests.Cluster;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.CompatTests.Hostile;
using KafkaCompatBroker.CompatTests.ZooKeeper;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// One broker, or three on a ZooKeeper of which each has a replica of everything, to be killed while clients have transactions.
/// TRANSACTION_BROKERS says how many where a test leaves that open, BROKER_UNDER_TEST whose they are.
/// </summary>
public sealed class TransactionBrokers : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly int count, kafkas;
    private ZooKeepers? zooKeepers;
    private ThreeBrokers? three;
    private BrokerUnderTest? one;
    private int kills;

    public TransactionBrokers()
        : this(HostileTest.Given("TRANSACTION_BROKERS", 1))
    {
    }

    /// <param name="count">One or three.</param>
    /// <param name="kafkas">How many of three are real Kafkas beside ours.</param>
    internal TransactionBrokers(int count, int kafkas = 0)
    {
        Assert.True(count is 1 or ThreeBrokers.Replicas, $"{count} brokers are neither one nor three");
        (this.count, this.kafkas) = (count, kafkas);
    }

    internal IReadOnlyList<BrokerUnderTest> All => three?.All ?? [one!];

    public string BootstrapServers => string.Join(',', All.Select(broker => broker.BootstrapServers));

    public short Replicas => (short)count;

    public async Task InitializeAsync()
    {
        if (count == 1)
        {
            one = new BrokerUnderTest();
            await one.InitializeAsync();
            return;
        }
        if (Needs.Missing([Need.Java]) is not null)
            return;
        zooKeepers = new ZooKeepers();
        var server = await zooKeepers.Start("3.8.4");
        three = new ThreeBrokers(
            $"{server.Connect}/kafka",
            [.. Enumerable.Repeat(BrokerUnderTest.KafkaWanted, count - kafkas), .. Enumerable.Repeat(BrokerUnderTest.Kafka39, kafkas)]);
        await three.Start();
    }

    public async Task DisposeAsync()
    {
        if (one is not null)
            await one.DisposeAsync();
        if (three is not null)
            await three.DisposeAsync();
        zooKeepers?.Dispose();
    }

    public async Task CreateTopic(string topic, int partitions)
    {
        using var admin = new Admin(Controller().Port);
        await admin.CreateTopic(topic, partitions, Replicas);
        await UntilWhole();
    }

    /// <summary>SIGTERM and start of each broker in turn, the next when all replicas are in sync.</summary>
    public async Task Restart()
    {
        foreach (var broker in All)
        {
            await broker.Restart();
            await UntilWhole();
        }
    }

    /// <summary>kill -9 and start of the broker whose turn it is; ends when all replicas are in sync.</summary>
    public Task KillAndStart() => KillAndStart(All[kills % count]);

    /// <summary>
    /// kill -9 and start of a broker: in turns it comes back when others lead, and at once, while its former session still lives, which a
    /// Kafka would not. Ends when all replicas are in sync.
    /// </summary>
    internal async Task KillAndStart(BrokerUnderTest broker)
    {
        await broker.Kill();
        if (count > 1 && (broker.IsKafka || kills / count % 2 == 0))
            await Admin.Until("other brokers lead", () => Partitions(OtherThan(broker)).All(
                partition => partition.ReplicaNodes.Count == 1 || IsLedByOther(partition, broker)), Patience);
        kills++;
        await broker.Start();
        await UntilWhole();
    }

    /// <summary>As <see cref="KillAndStart()"/>, when what clients have made with fewer replicas has all of them.</summary>
    public async Task SpreadAndKill()
    {
        Spread();
        await UntilWhole();
        await KillAndStart();
    }

    /// <summary>The transactional ids that have a transaction open.</summary>
    public IReadOnlyList<string> OpenTransactions() => [.. All.SelectMany(coordinator =>
    {
        using var talk = new Conversation(coordinator.Port);
        var listed = talk.Ask("open", 0, new ListTransactionsRequest { StateFilters = ["Ongoing"] });
        return listed?.TransactionStates.ConvertAll(transaction => transaction.TransactionalId) ?? [];
    })];

    /// <summary>Writes what the brokers have logged, in all their lives, into files; a test that fails says where they are.</summary>
    public async Task<string> Evidence()
    {
        var folder = Directory.CreateTempSubdirectory("kafka-transactions-").FullName;
        foreach (var (index, broker) in All.Index())
            await File.WriteAllTextAsync(Path.Combine(folder, $"broker-{index + 1}.log"), broker.WholeLog);
        return folder;
    }

    /// <summary>Each broker knows every partition to be led and all its replicas to be in sync.</summary>
    public async Task UntilWhole()
    {
        foreach (var broker in All)
            await Admin.Until("all replicas are in sync", () => Partitions(broker).All(
                partition => partition.LeaderId >= 0 && partition.IsrNodes.Count == partition.ReplicaNodes.Count), Patience);
    }

    /// <summary>The leader of a partition.</summary>
    internal async Task<BrokerUnderTest> LeaderOf(string topic, int partition)
    {
        var leader = -1;
        await Admin.Until($"{topic}-{partition} is led", () =>
        {
            using var admin = new Admin(All[0].Port);
            return (leader = admin.Leaders(topic).GetValueOrDefault(partition, -1)) >= 0;
        }, Patience);
        return ById(leader);
    }

    /// <summary>The coordinator of a group, or of a transactional id.</summary>
    internal async Task<BrokerUnderTest> CoordinatorOf(string key, bool isTransactional)
    {
        using var talk = new Conversation(All[0].Port);
        FindCoordinatorResponse? answer = null;
        await Admin.Until($"there is a coordinator of {key}", () => (answer = talk.Ask(
            "find", 3, new FindCoordinatorRequest { Key = key, KeyType = (sbyte)(isTransactional ? 1 : 0) }))?.ErrorCode
            == KafkaError.None, Patience);
        return ById(answer!.NodeId);
    }

    /// <summary>Programs that know one broker only make topics with one replica.</summary>
    private void Spread()
    {
        if (count == 1)
            return;
        using var talk = new Conversation(Controller().Port);
        var few = Metadata(talk).Topics.Where(topic => topic.Partitions.Exists(partition => partition.ReplicaNodes.Count < count)).ToList();
        if (few.Count == 0)
            return;
        talk.Ask("spread", 0, new AlterPartitionReassignmentsRequest
        {
            TimeoutMs = 10_000,
            Topics = [.. few.Select(topic => new AlterPartitionReassignmentsRequest.ReassignableTopic
            {
                Name = topic.Name!,
                Partitions = [.. topic.Partitions.Select(partition => new AlterPartitionReassignmentsRequest.ReassignablePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    Replicas = [.. Enumerable.Range(0, count).Select(replica => 1 + (partition.PartitionIndex + replica) % count)],
                })],
            })],
        });
    }

    private BrokerUnderTest Controller() => three?.Controller() ?? one!;

    private BrokerUnderTest ById(int id) => count == 1 ? one! : All[id - 1];

    private BrokerUnderTest OtherThan(BrokerUnderTest broker) => All.First(other => other != broker);

    private bool IsLedByOther(MetadataResponse.MetadataResponsePartition partition, BrokerUnderTest broker)
        => partition.LeaderId >= 0 && ById(partition.LeaderId) != broker;

    private static IEnumerable<MetadataResponse.MetadataResponsePartition> Partitions(BrokerUnderTest asked)
    {
        using var talk = new Conversation(asked.Port);
        return [.. Metadata(talk).Topics.SelectMany(topic => topic.Partitions)];
    }

    private static MetadataResponse Metadata(Conversation talk) => talk.Ask("metadata", 4, new MetadataRequest { Topics = null })!;
}
