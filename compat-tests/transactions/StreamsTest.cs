using KafkaCompatBroker.CompatTests.Hostile;
using KafkaCompatBroker.CompatTests.Java;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// Kafka Streams with exactly_once_v2: it counts in a store with a changelog, all of it in transactions. TRANSACTION_KILLS says how often
/// brokers are killed.
/// </summary>
public sealed class StreamsTest(TransactionBrokers brokers) : IClassFixture<TransactionBrokers>
{
    private const int LinesAtOnce = 2000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string[] Words = ["to", "be", "or", "not"];

    [NeedsFact(Need.Java)]
    public async Task Word_count_is_exact_while_the_broker_is_killed()
    {
        await brokers.CreateTopic("lines", 2);
        await brokers.CreateTopic("counts", 1);
        var state = Directory.CreateTempSubdirectory("kafka-compat-streams-");
        using var streams = await WordCount(state.FullName);
        streams.Start();
        await WriteLines();
        await Admin.Until("words are counted", async () => streams.HasExited || (await Counts()).Count > 0, Patience);
        var kills = HostileTest.Given("TRANSACTION_KILLS", 1);
        for (var kill = 0; kill < kills; kill++)
        {
            var killing = brokers.KillAndStart();
            await WriteLines();
            await killing;
        }
        var wanted = (long)LinesAtOnce * (kills + 1);
        await Admin.Until(
            "all words are counted",
            async () => streams.HasExited || (await Counts()).Count(entry => entry.Count == wanted) >= Words.Length, Patience);
        Assert.False(streams.HasExited, streams.Tail());
        var counts = await Counts();
        foreach (var word in Words)
        {
            var ofWord = counts.Where(entry => entry.Word == word).Select(entry => entry.Count).ToList();
            // A count that were written twice, or went back, would have been processed twice.
            Assert.Equal(ofWord.Distinct().Order(), ofWord);
            Assert.Equal(wanted, ofWord[^1]);
        }
        streams.CloseInput();
        await streams.WaitForExit();
        state.Delete(recursive: true);
    }

    private async Task WriteLines()
    {
        var producer = Peers.Java(
            "3.9", "kafka-console-producer", "--bootstrap-server", brokers.BootstrapServers, "--topic", "lines");
        await producer.Run(string.Concat(Enumerable.Repeat($"{string.Join(' ', Words)}\n", LinesAtOnce)));
    }

    private async Task<List<(string Word, long Count)>> Counts()
    {
        var lines = await Peers.Java(
            "3.9", "kafka-console-consumer", "--bootstrap-server", brokers.BootstrapServers, "--topic", "counts", "--from-beginning",
            "--timeout-ms", "3000", "--isolation-level", "read_committed", "--property", "print.key=true").Run();
        return [.. lines.Select(line => line.Split('\t')).Select(parts => (parts[0], long.Parse(parts[1])))];
    }

    private async Task<Tool> WordCount(string stateFolder)
    {
        var classes = await JavaClasses.Compile("3.9", "compat-tests/transactions/WordCount.java");
        var tool = Peers.Java(
            "3.9", "WordCount", brokers.BootstrapServers, "word-count", stateFolder, "lines", "counts", $"{brokers.Replicas}");
        tool.Environment["CLASSES"] = classes;
        return tool;
    }
}
