namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// Transactions of version 2, once the feature is finalized by Kafka's own tool: the producer of Kafka 4.3 leaves it to leaders to add
/// partitions, and takes another epoch with each end. KIP-890.
/// </summary>
public sealed class EpochRaisingTest(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    private const int Partitions = 3;

    [NeedsFact(Need.Java)]
    public async Task Java_raises_its_epoch_with_each_transaction_once_the_feature_is_finalized()
    {
        var java = await JavaTransactions.Compile("4.3");
        using (var admin = new Admin(broker.Port))
        {
            await admin.CreateTopic("written", Partitions);
            await admin.CreateTopic("copied", Partitions);
        }
        await Run(java, "write", "written", $"{Partitions}", "before", "3", "10");
        Assert.InRange(await EpochOf("before"), 0, 1);

        Assert.Contains("transaction.version", string.Join('\n', await Features("4.3", "upgrade", "--feature", "transaction.version=2")));

        await Admin.Until(
            "the feature is told", async () => (await Features("3.9", "describe")).Any(
                line => line.Contains("transaction.version", StringComparison.Ordinal)
                    && line.Contains("FinalizedVersionLevel: 2", StringComparison.Ordinal)));
        Assert.Equal(["committed 280"], await Run(java, "write", "written", $"{Partitions}", "after", "21", "20"));
        Assert.True(await EpochOf("after") >= 20, $"21 transactions have ended, and the epoch is {await EpochOf("after")}");

        // What was finalized is so after a restart; a copy with its offsets in the transactions is exact meanwhile.
        using var copy = java.Run("copy", broker.BootstrapServers, "written", $"{Partitions}", "copied", "copied-id");
        copy.Start();
        await Admin.Until("the copy goes on", () => copy.HasExited || copy.Lines.Count > 1, TimeSpan.FromMinutes(2));
        await broker.KillAndStart();
        await copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
        Assert.Equal(await Values(java, "written"), await Values(java, "copied"));
        Assert.True(await EpochOf("copied-id") >= 1);
        Assert.StartsWith("fenced ", Assert.Single(await Run(java, "fence", "written", "fenced-id")));
    }

    private Task<IReadOnlyList<string>> Features(string version, params string[] arguments) => Lines(
        Peers.Java(version, "kafka-features", ["--bootstrap-server", broker.BootstrapServers, .. arguments]));

    /// <summary>The fourth word of what the tool prints of an id: coordinator, transactional id, producer id, producer epoch.</summary>
    private async Task<int> EpochOf(string id)
    {
        var lines = await Lines(Peers.Java(
            "3.9", "kafka-transactions", "--bootstrap-server", broker.BootstrapServers, "describe", "--transactional-id", id));
        var words = lines.Select(line => line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries)).Single(
            words => words.Contains(id));
        return int.Parse(words[3]);
    }

    private Task<IReadOnlyList<string>> Run(JavaTransactions java, string command, params string[] arguments)
        => Lines(java.Run([command, broker.BootstrapServers, .. arguments]));

    private async Task<List<int>> Values(JavaTransactions java, string topic)
        => [.. (await Run(java, "read", topic, $"{Partitions}", "read_committed")).Select(line => int.Parse(line.Split(' ')[1])).Order()];

    private static async Task<IReadOnlyList<string>> Lines(Tool tool) => await tool.Run();
}
