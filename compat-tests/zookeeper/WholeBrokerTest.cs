using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KafkaCompatBroker.CompatTests.Kcat;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.CompatTests.ZooKeeper;

/// <summary>A whole broker whose znodes are in real ZooKeepers.</summary>
public sealed partial class WholeBrokerTest(ZooKeepers zooKeepers) : IClassFixture<ZooKeepers>
{
    public static TheoryData<string> Versions => [.. ZooKeepers.Versions];

    [NeedsTheory(Need.Java, Need.Kcat, Need.ZooKeepers)]
    [MemberData(nameof(Versions))]
    public async Task Clients_and_tools_of_ZooKeeper_find_the_broker_and_it_outlives_kills_expiry_and_lost_servers(string version)
    {
        var server = await zooKeepers.Start(version);
        var connect = $"{server.Connect}/kafka";
        await using var broker = new Disposed(new BrokerUnderTest(null, Settings(connect)));
        await broker.It.InitializeAsync();
        var client = ZooKeepers.Open(connect);

        // A tool that knows only ZooKeeper.
        await Peers.Java(
            "2.8", "kafka-topics", "--zookeeper", connect, "--create", "--topic", "tool-made", "--partitions", "3",
            "--replication-factor", "1").Run();
        using (var admin = new Admin(broker.It.Port))
            await Admin.Until("the topic has its leaders", () => admin.Topics().Contains("tool-made") && admin.LedPartitionCount() >= 3);
        await Produce(broker.It, 1000);
        var described = await Peers.Java("2.8", "kafka-topics", "--zookeeper", connect, "--describe", "--topic", "tool-made").Run();
        Assert.Equal(3, described.Count(line => line.Contains("Leader: 0\tReplicas: 0\tIsr: 0", StringComparison.Ordinal)));

        // Paused for longer than its session: it registers anew, under another broker epoch.
        var epoch = await Epoch(client);
        await new Tool("kill", ["-STOP", $"{broker.It.ProcessId}"]).Run();
        await Admin.Until("the session has expired", async () => (await Registration(client)).Stat is null);
        await new Tool("kill", ["-CONT", $"{broker.It.ProcessId}"]).Run();
        await Admin.Until("the broker is registered again", async () => (await Registration(client)).Stat?.Czxid > epoch);
        await Produce(broker.It, 1000);

        // ZooKeeper goes and comes back. What is led is served on; a topic that is made tells that all is as before.
        server.Kill();
        var read = await KcatDriver.Digest(broker.It.BootstrapServers, "tool-made");
        Assert.Equal(2000, read.Sum(line => int.Parse(Count().Match(line).Groups[1].Value)));
        await server.Start();
        await Peers.Java(
            "3.9", "kafka-topics", "--bootstrap-server", broker.It.BootstrapServers, "--create", "--topic", "behind", "--partitions", "1",
            "--replication-factor", "1").Run();

        // Killed and started again at once: it waits for its former session.
        await broker.It.KillAndStart();
        await Produce(broker.It, 100);
        var digest = await KcatDriver.Digest(broker.It.BootstrapServers, "tool-made");
        Assert.Equal(2100, digest.Sum(line => int.Parse(Count().Match(line).Groups[1].Value)));
        await broker.It.Stop();
        Assert.Null((await Registration(client)).Stat);
        await client.Close();
    }

    [NeedsFact(Need.Java, Need.ZooKeepers)]
    public async Task What_the_broker_writes_into_ZooKeeper_is_what_a_Kafka_writes()
    {
        var server = await zooKeepers.Shared("3.8.4");
        var trees = new List<SortedDictionary<string, string>>();
        foreach (var release in (string?[])[BrokerUnderTest.Kafka39, null])
        {
            var connect = $"{server.Connect}/tree-{release ?? "ours"}";
            await using var broker = new Disposed(new BrokerUnderTest(release, Settings(connect)));
            await broker.It.InitializeAsync();
            foreach (var (topic, partitions) in ((string, int)[])[("orders", 2), ("gone", 1)])
                await Peers.Java(
                    "3.9", "kafka-topics", "--bootstrap-server", broker.It.BootstrapServers, "--create", "--topic", topic, "--partitions",
                    $"{partitions}", "--replication-factor", "1", "--config", "retention.ms=3600000").Run();
            await Peers.Java(
                "3.9", "kafka-topics", "--bootstrap-server", broker.It.BootstrapServers, "--delete", "--topic", "gone").Run();
            await Peers.Java(
                "3.9", "kafka-verifiable-producer", "--bootstrap-server", broker.It.BootstrapServers, "--topic", "orders",
                "--max-messages", "10").Run();
            var client = ZooKeepers.Open(connect);
            await Admin.Until(
                "the topic is deleted", async () => (await client.Exists("/admin/delete_topics/gone")).Result == ZkResult.NoNode
                    && (await client.Exists("/brokers/topics/gone")).Result == ZkResult.NoNode);
            trees.Add(await Tree(client, broker.It.Port));
            await client.Close();
            await broker.It.Stop();
        }
        // The one thing that we have and Kafka with ZooKeeper has not.
        const string ourFeatures = "\"features\":{\"transaction.version\":{\"min_version\":1,\"max_version\":2}}";
        Assert.Contains(ourFeatures, trees[1]["/brokers/ids/0"], StringComparison.Ordinal);
        trees[1]["/brokers/ids/0"] = trees[1]["/brokers/ids/0"].Replace(ourFeatures, "\"features\":{}", StringComparison.Ordinal);
        Assert.Equal(Lines(trees[0]), Lines(trees[1]));
    }

    [NeedsFact(Need.Java, Need.Kcat, Need.ZooKeepers)]
    public async Task A_broker_that_has_run_alone_goes_into_an_ensemble_with_what_it_has()
    {
        var server = await zooKeepers.Shared("3.9.3");
        var settings = new Dictionary<string, string>();
        await using var broker = new Disposed(new BrokerUnderTest(null, settings));
        await broker.It.InitializeAsync();
        using (var admin = new Admin(broker.It.Port))
            await admin.CreateTopic("tool-made", 3);
        await Produce(broker.It, 1000);
        var before = await KcatDriver.Digest(broker.It.BootstrapServers, "tool-made");
        await broker.It.Stop();
        foreach (var (name, value) in Settings($"{server.Connect}/grown"))
            settings[name] = value;
        broker.It.Arguments = ["--import-embedded"];
        await broker.It.Start();
        Assert.Equal(before, await KcatDriver.Digest(broker.It.BootstrapServers, "tool-made"));
        broker.It.Arguments = [];
        await broker.It.Restart();
        await Produce(broker.It, 100);
        var listed = await Peers.Java("2.8", "kafka-topics", "--zookeeper", $"{server.Connect}/grown", "--list").Run();
        Assert.Contains("tool-made", listed);
        await broker.It.Stop();
    }

    private static Dictionary<string, string> Settings(string connect) => new()
    {
        ["zookeeper.connect"] = connect,
        ["zookeeper.session.timeout.ms"] = $"{ZooKeepers.SessionTimeout.TotalMilliseconds}",
    };

    private static async Task Produce(BrokerUnderTest broker, int count)
    {
        var produced = await Peers.Java(
            "3.9", "kafka-verifiable-producer", "--bootstrap-server", broker.BootstrapServers, "--topic", "tool-made", "--max-messages",
            $"{count}").Run();
        Assert.Equal(count, produced.Count(line => line.Contains("producer_send_success", StringComparison.Ordinal)));
    }

    private static Task<ZkData> Registration(ZooKeeperClient client) => client.GetData("/brokers/ids/0");

    private static async Task<long> Epoch(ZooKeeperClient client) => (await Registration(client)).Stat!.Czxid;

    private static IEnumerable<string> Lines(SortedDictionary<string, string> tree) => tree.Select(node => $"{node.Key} {node.Value}");

    /// <summary>All nodes but ZooKeeper's own, without what differs from run to run.</summary>
    private static async Task<SortedDictionary<string, string>> Tree(ZooKeeperClient client, int port)
    {
        var tree = new SortedDictionary<string, string>(StringComparer.Ordinal);
        async Task Add(string path)
        {
            var node = await client.GetData(path);
            tree[path] = $"{(node.Stat!.EphemeralOwner != 0 ? "ephemeral " : "")}{Normal(node.Data, port)}";
            foreach (var name in (await client.GetChildren(path)).Names)
                await Add($"{path}/{name}");
        }
        foreach (var name in (await client.GetChildren("/")).Names)
            await Add($"/{name}");
        return tree;
    }

    private static string Normal(byte[]? data, int port)
    {
        if (data is not [(byte)'{', ..])
            return data is null ? "null" : $"'{Encoding.UTF8.GetString(data)}'";
        var json = JsonNode.Parse(data)!.AsObject();
        foreach (var name in (string[])["timestamp", "topic_id", "id"])
        {
            if (json.ContainsKey(name))
                json[name] = $"{json[name]!.GetValueKind()}";
        }
        var sorted = new JsonObject(json.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(
            pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
        return sorted.ToJsonString().Replace($"{port}", "PORT", StringComparison.Ordinal);
    }

    [GeneratedRegex("([0-9]+) records")]
    private static partial Regex Count();

    private sealed class Disposed(BrokerUnderTest broker) : IAsyncDisposable
    {
        public BrokerUnderTest It => broker;

        public ValueTask DisposeAsync() => new(broker.DisposeAsync());
    }
}
