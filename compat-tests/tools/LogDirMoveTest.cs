using System.Text.Json;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Tools;

/// <summary>
/// Kafka's own tool moves a replica to another log dir, and adds one in the log dir that it names, while a producer writes. Two brokers of
/// ours with two log dirs each.
/// </summary>
public sealed class LogDirMoveTest : IAsyncLifetime
{
    private const string Topic = "moved";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("log-dir-moves-").FullName;
    private readonly RealZooKeeper zooKeeper;
    private readonly BrokerUnderTest first, second;

    public LogDirMoveTest()
    {
        zooKeeper = new RealZooKeeper(Path.Combine(folder, "zookeeper"));
        (first, second) = (Broker(1), Broker(2));
    }

    public async Task InitializeAsync()
    {
        await zooKeeper.Start();
        await first.InitializeAsync();
        await second.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await first.DisposeAsync();
        await second.DisposeAsync();
        zooKeeper.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [NeedsFact(Need.Java)]
    public async Task Replicas_are_where_the_tool_wants_them_with_all_that_was_acknowledged()
    {
        CreateTopicOnFirst();
        var from = DirsOf(first).Single();
        var to = from == LogDir(1, "a") ? LogDir(1, "b") : LogDir(1, "a");
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(() => Write(stop.Token));
        var plan = Plan(to, LogDir(2, "b"));

        var begun = await Reassign("--reassignment-json-file", plan, "--execute", "--replica-alter-log-dirs-throttle", "50000000");
        Assert.Contains(begun, line => line.StartsWith("Successfully started partition reassignment", StringComparison.Ordinal));
        foreach (var (dir, broker) in new[] { (to, 1), (LogDir(2, "b"), 2) })
            Assert.Contains($"Successfully started moving log directory to {dir} for replica moved-0 with broker {broker} ", begun);
        await Admin.Until(
            "both replicas are where they are wanted",
            () => DirsOf(first).SequenceEqual([to]) && DirsOf(second).SequenceEqual([LogDir(2, "b")]) && InSyncCount() == 2, Patience);
        await stop.CancelAsync();
        var acknowledged = await writer;

        var verified = await Reassign("--reassignment-json-file", plan, "--verify");
        Assert.Contains(verified, line => line.EndsWith("moved-0 is completed.", StringComparison.Ordinal));
        Assert.All([1, 2], broker => Assert.Contains($"Reassignment of replica moved-0-{broker} completed successfully.", verified));
        using (var admin = new Admin(first.Port))
            Assert.Equal(acknowledged, admin.EndOffsets(Topic, 1)[0]);
        await first.Restart();
        Assert.Equal([to], DirsOf(first));
        // Its leadership went to the other one when it was stopped.
        using (var admin = new Admin(second.Port))
            Assert.Equal(acknowledged, admin.EndOffsets(Topic, 1)[0]);
        await first.Stop();
        await second.Stop();
        Assert.Equal(Records(to), Records(LogDir(2, "b")));
    }

    private BrokerUnderTest Broker(int id) => new(null, new()
    {
        ["broker.id"] = $"{id}",
        ["zookeeper.connect"] = zooKeeper.Connect,
        ["log.dirs"] = $"{LogDir(id, "a")},{LogDir(id, "b")}",
        ["log.segment.bytes"] = "100000",
        ["controlled.shutdown.max.retries"] = "3",
    });

    private string LogDir(int broker, string name) => Path.Combine(folder, $"broker-{broker}", name);

    private void CreateTopicOnFirst()
    {
        using var talk = new Conversation(first.Port);
        talk.Ask("create", 4, new CreateTopicsRequest
        {
            TimeoutMs = 15_000,
            Topics = [new()
            {
                Name = Topic, NumPartitions = -1, ReplicationFactor = -1, Assignments = [new() { PartitionIndex = 0, BrokerIds = [1] }],
            }],
        });
        Admin.Until("the log is there", () => DirsOf(first).Count == 1).GetAwaiter().GetResult();
    }

    /// <summary>The dirs that have the partition's log or a copy of it.</summary>
    private static List<string> DirsOf(BrokerUnderTest broker)
    {
        using var talk = new Conversation(broker.Port);
        return [.. talk.Ask("dirs", 4, new DescribeLogDirsRequest { Topics = [new() { Topic = Topic, Partitions = [0] }] })!.Results
            .Where(dir => dir.Topics.Count > 0).Select(dir => dir.LogDir)];
    }

    private int InSyncCount()
    {
        using var talk = new Conversation(first.Port);
        return talk.Ask("isr", 4, new MetadataRequest { Topics = [new() { Name = Topic }] })!.Topics[0].Partitions[0].IsrNodes.Count;
    }

    /// <summary>How many records were acknowledged, until the end of the writing.</summary>
    private long Write(CancellationToken stop)
    {
        using var talk = new Conversation(first.Port);
        var records = 0;
        while (!stop.IsCancellationRequested)
        {
            var answer = talk.Ask("write", 7, Topics.ProduceTo(Topic, Topics.Batch(records: 100)));
            Assert.Equal(KafkaError.None, answer!.Responses[0].PartitionResponses[0].ErrorCode);
            records += 100;
        }
        return records;
    }

    private string Plan(params string[] dirs)
    {
        var file = Path.Combine(folder, "plan.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            version = 1,
            partitions = new[] { new { topic = Topic, partition = 0, replicas = new[] { 1, 2 }, log_dirs = dirs } },
        }));
        return file;
    }

    private async Task<IReadOnlyList<string>> Reassign(params string[] arguments)
        => await Peers.Java("3.9", "kafka-reassign-partitions", ["--bootstrap-server", first.BootstrapServers, .. arguments]).Run();

    private static byte[] Records(string dir)
        => [.. Directory.EnumerateFiles(Path.Combine(dir, $"{Topic}-0"), "*.log").Order(StringComparer.Ordinal)
            .SelectMany(File.ReadAllBytes)];
}
