using System.Text.Json;
using KafkaCompatBroker.CompatTests.Differential;

namespace KafkaCompatBroker.CompatTests.Tools;

/// <summary>What the tools of administrators print against our broker is what they print against a Kafka 3.9.</summary>
public sealed class AdminToolTest : IAsyncLifetime
{
    private const string Orders = "orders", Short = "short", Compacted = "compacted";

    private readonly string folder = Directory.CreateTempSubdirectory("admin-tools-").FullName;
    private readonly BrokerUnderTest kafka = new(BrokerUnderTest.Kafka39, []);
    private readonly BrokerUnderTest ours = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await kafka.DisposeAsync();
        await ours.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [NeedsFact(Need.Java)]
    public async Task Tools_of_administrators_print_what_they_print_against_Kafka()
    {
        await kafka.InitializeAsync();
        await ours.InitializeAsync();
        foreach (var (tool, arguments) in Commands())
        {
            if (arguments is ["fill"])
            {
                Fill(kafka);
                Fill(ours);
                continue;
            }
            await ToolOutput.AssertAlike(tool, arguments, [kafka], [ours]);
        }
    }

    private IEnumerable<(string Tool, string[] Arguments)> Commands()
    {
        yield return ("kafka-topics", ["--create", "--topic", Orders, "--partitions", "2", "--replication-factor", "1"]);
        // Broker 1 is not there.
        yield return ("kafka-topics", ["--create", "--topic", Short, "--replica-assignment", "0:1"]);
        yield return (
            "kafka-topics",
            ["--create", "--topic", Compacted, "--partitions", "1", "--replication-factor", "1", "--config", "cleanup.policy=compact"]);
        yield return ("kafka-topics", ["--describe", "--under-replicated-partitions"]);
        yield return ("kafka-topics", ["--describe", "--unavailable-partitions"]);
        yield return ("", ["fill"]);
        yield return ("kafka-log-dirs", ["--describe", "--topic-list", $"{Orders},{Short}"]);
        yield return ("kafka-log-dirs", ["--describe", "--topic-list", "never-created", "--broker-list", "0"]);
        yield return ("kafka-log-dirs", ["--describe", "--broker-list", "0,7"]);
        yield return ("kafka-delete-records", ["--offset-json-file", Offsets((Orders, 0, 4), (Orders, 1, -1))]);
        yield return ("kafka-get-offsets", ["--topic", Orders, "--time", "-2"]);
        yield return ("kafka-delete-records", ["--offset-json-file", Offsets((Orders, 0, 99), (Compacted, 0, 0))]);
        yield return ("kafka-features", ["describe"]);
        yield return ("kafka-features", ["upgrade", "--feature", "warp=1"]);
        yield return ("kafka-features", ["upgrade", "--metadata", "3.7"]);
        yield return ("kafka-features", ["disable", "--feature", "warp"]);
        yield return ("kafka-acls", ["--list"]);
        yield return ("kafka-acls", ["--add", "--allow-principal", "User:a", "--operation", "Read", "--topic", Orders]);
        yield return ("kafka-acls", ["--remove", "--force", "--topic", Orders]);
        yield return (
            "kafka-leader-election", ["--election-type", "preferred", "--topic", Orders, "--partition", "0"]);
        yield return ("kafka-leader-election", ["--election-type", "preferred", "--all-topic-partitions"]);
        yield return ("kafka-leader-election", ["--election-type", "unclean", "--topic", Orders, "--partition", "9"]);
    }

    private string Offsets(params (string Topic, int Partition, long Offset)[] offsets)
    {
        var file = Path.Combine(folder, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            version = 1,
            partitions = offsets.Select(offset => new { topic = offset.Topic, partition = offset.Partition, offset = offset.Offset }),
        }));
        return file;
    }

    private static void Fill(BrokerUnderTest broker)
    {
        using var talk = new Conversation(broker.Port);
        for (var batch = 0; batch < 3; batch++)
            talk.Ask("fill", 3, Topics.ProduceTo(Orders, Topics.Batch(), acks: 1));
    }
}
