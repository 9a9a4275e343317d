using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.CompatTests.ZooKeeper;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Cluster;

/// <summary>
/// Three brokers in processes of their own on one real ZooKeeper; topics have three replicas, of which two must be in sync.
/// </summary>
internal sealed class ThreeBrokers : IAsyncDisposable
{
    public const int Replicas = 3;

    private readonly BrokerUnderTest[] brokers;

    /// <param name="zooKeeper">Where the cluster is, below this connect string.</param>
    /// <param name="releases">What each broker is: a release of Kafka, or null for ours.</param>
    public ThreeBrokers(string zooKeeper, params string?[] releases)
        => brokers = [.. releases.Select((release, index) => new BrokerUnderTest(release, new()
        {
            ["broker.id"] = $"{index + 1}",
            ["zookeeper.connect"] = zooKeeper,
            ["zookeeper.session.timeout.ms"] = $"{ZooKeepers.SessionTimeout.TotalMilliseconds}",
            ["min.insync.replicas"] = "2",
            ["offsets.topic.replication.factor"] = $"{Replicas}",
            ["transaction.state.log.replication.factor"] = $"{Replicas}",
            ["transaction.state.log.min.isr"] = "2",
            ["transaction.state.log.num.partitions"] = "8",
            ["inter.broker.protocol.version"] = "3.9",
            ["controlled.shutdown.max.retries"] = "3",
        }))];

    public IReadOnlyList<BrokerUnderTest> All => brokers;

    public string BootstrapServers => string.Join(',', brokers.Select(broker => broker.BootstrapServers));

    /// <summary>Where each broker listens, by its id.</summary>
    public IReadOnlyDictionary<int, int> Ports
        => brokers.Index().ToDictionary(broker => broker.Index + 1, broker => broker.Item.Port);

    public Task Start() => Task.WhenAll(brokers.Select(broker => broker.InitializeAsync()));

    /// <summary>The controller, as the first broker knows it.</summary>
    public BrokerUnderTest Controller()
    {
        using var talk = new Conversation(brokers[0].Port);
        return brokers[talk.Ask("controller", 4, new MetadataRequest { Topics = [] })!.ControllerId - 1];
    }

    /// <summary>Every partition of the topics is led, and each of its replicas is in sync, as one broker knows it.</summary>
    public static Task UntilWhole(BrokerUnderTest asked, IReadOnlyCollection<string> topics, TimeSpan? patience = null)
        => Admin.Until("all replicas are in sync", () => Partitions(asked, topics).All(
            partition => partition.LeaderId >= 0 && partition.IsrNodes.Count == Replicas), patience);

    /// <summary>The same, as each broker knows it.</summary>
    public async Task UntilWhole(IReadOnlyCollection<string> topics, TimeSpan? patience = null)
    {
        foreach (var broker in brokers)
            await UntilWhole(broker, topics, patience);
    }

    /// <summary>Every partition of the topics is led, and by others than the broker of an index.</summary>
    public Task UntilLedByOthers(int index, IReadOnlyCollection<string> topics)
        => Admin.Until("other brokers lead", () => Partitions(brokers[(index + 1) % brokers.Length], topics).All(
            partition => partition.LeaderId >= 0 && partition.LeaderId != index + 1));

    /// <summary>The brokers, which have stopped, have the same records of each partition, byte for byte.</summary>
    public void CheckCopies(IEnumerable<string> topics)
    {
        foreach (var folder in topics.SelectMany(topic => Directory.EnumerateDirectories(brokers[0].DataFolder, $"{topic}-*")))
        {
            var partition = Path.GetFileName(folder);
            var copies = brokers.Select(broker => Records(Path.Combine(broker.DataFolder, partition))).ToList();
            Assert.NotEmpty(copies[0]);
            Assert.All(copies, copy => Assert.True(copy.AsSpan().SequenceEqual(copies[0]), partition));
        }
    }

    /// <summary>The partitions of the topics, as one broker knows them.</summary>
    public static IEnumerable<MetadataResponse.MetadataResponsePartition> Partitions(
        BrokerUnderTest asked, IReadOnlyCollection<string> topics)
    {
        using var talk = new Conversation(asked.Port);
        var answer = talk.Ask("metadata", 4, new MetadataRequest
        {
            Topics = [.. topics.Select(topic => new MetadataRequest.MetadataRequestTopic { Name = topic })],
        });
        return answer!.Topics.SelectMany(topic => topic.Partitions);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in brokers)
            await broker.DisposeAsync();
    }

    private static byte[] Records(string folder)
        => [.. Directory.EnumerateFiles(folder, "*.log").Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes)];
}
