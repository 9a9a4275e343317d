namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>Kafka Streams with exactly_once_v2: it counts in a store with a changelog, all of it in transactions.</summary>
public sealed class StreamsTest(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    private const int LinesPerHalf = 2000;
    private static readonly string[] Words = ["to", "be", "or", "not"];

    [NeedsFact(Need.Java)]
    public async Task Word_count_is_exact_while_the_broker_is_killed()
    {
        using (var admin = new Admin(broker.Port))
        {
            await admin.CreateTopic("lines", 2);
            await admin.CreateTopic("counts", 1);
        }
        var state = Directory.CreateTempSubdirectory("kafka-compat-streams-");
        using var streams = await WordCount(state.FullName);
        streams.Start();
        await WriteLines();
        await Admin.Until("words are counted", async () => streams.HasExited || (await Counts()).Count > 0);
        await broker.KillAndStart();
        await WriteLines();
        var wanted = (long)LinesPerHalf * 2;
        await Admin.Until(
            "all words are counted",
            async () => streams.HasExited || (await Counts()).Count(entry => entry.Count == wanted) >= Words.Length);
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
            "3.9", "kafka-console-producer", "--bootstrap-server", broker.BootstrapServers, "--topic", "lines");
        await producer.Run(string.Concat(Enumerable.Repeat($"{string.Join(' ', Words)}\n", LinesPerHalf)));
    }

    private async Task<List<(string Word, long Count)>> Counts()
    {
        var lines = await Peers.Java(
            "3.9", "kafka-console-consumer", "--bootstrap-server", broker.BootstrapServers, "--topic", "counts", "--from-beginning",
            "--timeout-ms", "3000", "--isolation-level", "read_committed", "--property", "print.key=true").Run();
        return [.. lines.Select(line => line.Split('\t')).Select(parts => (parts[0], long.Parse(parts[1])))];
    }

    private async Task<Tool> WordCount(string stateFolder)
    {
        var folder = Directory.CreateTempSubdirectory("kafka-compat-classes-").FullName;
        var jars = string.Join(':', File.ReadLines(Peers.At("classpath/3.9")).Select(jar => Peers.At($"jars/{jar}")));
        await new Tool("javac", ["-nowarn", "-d", folder, "-cp", jars, Repository.At("compat-tests/transactions/WordCount.java")]).Run();
        var tool = Peers.Java("3.9", "WordCount", broker.BootstrapServers, "word-count", stateFolder, "lines", "counts");
        tool.Environment["CLASSES"] = folder;
        return tool;
    }
}
