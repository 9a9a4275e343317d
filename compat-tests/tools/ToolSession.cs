using System.Text;
using KafkaCompatBroker.CompatTests.ZooKeeper;

namespace KafkaCompatBroker.CompatTests.Tools;

/// <summary>
/// Tools that are run one after the other against one broker, and what each printed, without what differs from run to run.
/// </summary>
internal sealed class ToolSession(BrokerUnderTest broker, string zooKeeper)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly List<string> printed = [];

    public IReadOnlyList<string> Printed => printed;

    public Task Configs(params string[] arguments) => Record("3.9", "kafka-configs", ByRequest(arguments));

    public Task OldConfigs(params string[] arguments) => Record("2.8", "kafka-configs", ["--zookeeper", zooKeeper, .. arguments]);

    public Task Reassign(params string[] arguments) => Record("3.9", "kafka-reassign-partitions", ByRequest(arguments));

    /// <summary>Describes until the text is there, as brokers take a change over a moment after it was answered.</summary>
    public async Task ConfigsUntil(string text, params string[] arguments)
    {
        for (var end = DateTime.UtcNow + Deadline; ;)
        {
            var lines = await Run("3.9", "kafka-configs", ByRequest(arguments));
            if (!lines.Any(line => line.Contains(text, StringComparison.Ordinal)) && DateTime.UtcNow < end)
                continue;
            Record(arguments, lines);
            return;
        }
    }

    /// <summary>What a tool or another broker writes: an entity's settings, and the notification.</summary>
    public async Task Write(string path, string json, string entityPath)
    {
        var client = ZooKeepers.Open(zooKeeper);
        await client.Apply(new ZkOp.Create(path, Encoding.UTF8.GetBytes(json)));
        await client.Apply(new ZkOp.Create(
            "/config/changes/config_change_", Encoding.UTF8.GetBytes($$"""{"version":2,"entity_path":"{{entityPath}}"}"""),
            ZkCreateMode.PersistentSequential));
        await client.Close();
    }

    private string[] ByRequest(string[] arguments) => ["--bootstrap-server", broker.BootstrapServers, .. arguments];

    private async Task Record(string release, string tool, string[] arguments)
        => Record([tool, .. arguments[2..]], await Run(release, tool, arguments));

    private void Record(string[] command, IReadOnlyList<string> lines)
    {
        printed.Add($"$ {string.Join(' ', command.Where(word => !word.StartsWith("/tmp", StringComparison.Ordinal)))}");
        printed.AddRange(lines);
    }

    private async Task<IReadOnlyList<string>> Run(string release, string name, string[] arguments)
    {
        var tool = Peers.Java(release, name, arguments);
        try
        {
            await tool.Run();
        }
        catch (ToolFailed)
        {
            // Its words are what is compared.
        }
        return [.. tool.Lines.Concat(tool.Errors.Split('\n')).Where(IsCompared).Select(Sorted), $"exit code {tool.ExitCode}"];
    }

    /// <summary>Not where in the tool an exception was thrown, nor what it logs about itself.</summary>
    private static bool IsCompared(string line)
        => line.Length > 0 && !line.StartsWith("\tat ", StringComparison.Ordinal) && !line.StartsWith("SLF4J", StringComparison.Ordinal)
            && !line.StartsWith('[') && !line.StartsWith("\t... ", StringComparison.Ordinal);

    /// <summary>A map of Java's in which a tool prints settings has no order of its own.</summary>
    private string Sorted(string line)
    {
        var text = line.Replace(broker.BootstrapServers, "BROKER", StringComparison.Ordinal)
            .Replace(zooKeeper, "ZOOKEEPER", StringComparison.Ordinal);
        var configs = text.IndexOf("Configs for ", StringComparison.Ordinal);
        return configs < 0 ? text : string.Join(',', text.Split(',').Order(StringComparer.Ordinal));
    }
}
