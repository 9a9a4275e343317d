using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace KafkaCompatBroker.CompatTests.Tools;

/// <summary>What a tool of Kafka 3.9 prints, with what has to differ between two clusters replaced by names.</summary>
internal static partial class ToolOutput
{
    /// <summary>Runs the tool against Kafka's brokers and ours side by side, since most of its time is a virtual machine's start.</summary>
    public static async Task AssertAlike(
        string tool, string[] arguments, IReadOnlyList<BrokerUnderTest> kafka, IReadOnlyList<BrokerUnderTest> ours)
    {
        var printed = await Task.WhenAll(Of(tool, arguments, kafka), Of(tool, arguments, ours));
        Assert.True(
            printed[0] == printed[1],
            $"{tool} {string.Join(' ', arguments)}\n--- against Kafka\n{printed[0]}\n--- against ours\n{printed[1]}");
    }

    /// <summary>The exit code and both outputs.</summary>
    /// <param name="brokers">All of the cluster, in the order of their ids.</param>
    private static async Task<string> Of(string tool, string[] arguments, IReadOnlyList<BrokerUnderTest> brokers)
    {
        string[] servers = ["--bootstrap-server", string.Join(',', brokers.Select(broker => broker.BootstrapServers))];
        // This one takes its action last.
        using var running = Peers.Java("3.9", tool, tool == "kafka-features" ? [.. servers, .. arguments] : [.. arguments, .. servers])
            .Start();
        await running.WaitForExit();
        var lines = running.Lines.Select(line => line.StartsWith('{') ? Sorted(line) : line);
        var errors = NotReached().Replace(LogTime().Replace(running.Errors, ""), "");
        var text = $"exit code {running.ExitCode}\n{string.Join('\n', lines)}\n{errors}"
            // Ours serves DescribeTopicPartitions, which Kafka 3.9 has with KRaft only; the tool then prints empty lists.
            .Replace("Elr: N/A\tLastKnownElr: N/A", "Elr: \tLastKnownElr: ", StringComparison.Ordinal);
        text = TopicId().Replace(text, "TopicId: <id>");
        foreach (var (index, broker) in brokers.Index())
            text = text.Replace(broker.DataFolder, $"<dir {index}>", StringComparison.Ordinal)
                .Replace(broker.BootstrapServers, $"<broker {index}>", StringComparison.Ordinal);
        return text;
    }

    /// <summary>The lists inside in the order of their elements' texts, because Kafka's own order is that of a hash map.</summary>
    private static string Sorted(string json) => Sorted(JsonNode.Parse(json))!.ToJsonString();

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonArray list => new JsonArray([.. list.Select(Sorted).OrderBy(element => element?.ToJsonString(), StringComparer.Ordinal)]),
        JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, Sorted(entry.Value)))),
        _ => node?.DeepClone(),
    };

    [GeneratedRegex(@"^\[[0-9 :,-]+\] ", RegexOptions.Multiline)]
    private static partial Regex LogTime();

    /// <summary>Which broker a client tries first is drawn, and it says so when that one is down.</summary>
    [GeneratedRegex(@"^WARN .* could not be established.*\n", RegexOptions.Multiline)]
    private static partial Regex NotReached();

    [GeneratedRegex(@"TopicId: \S+")]
    private static partial Regex TopicId();
}
