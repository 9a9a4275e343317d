namespace KafkaCompatBroker.CompatTests.OldClients;

/// <summary>Console tools of a Kafka of long ago, one line of text for each record; with them all its kinds of clients.</summary>
internal sealed class OldConsole(string bootstrapServers, string zooKeeper)
{
    /// <summary>Which client of which release writes.</summary>
    public static readonly string[] Writers = ["0.8 scala", "0.8 java", "0.10 scala", "0.10 java"];

    /// <summary>
    /// Which client of which release reads: the high-level consumer, which finds brokers in ZooKeeper, the simple one, which is told of
    /// one, and those that ask a broker for all.
    /// </summary>
    public static readonly string[] Readers = ["0.8 high-level", "0.8 simple", "0.10 high-level", "0.10 java", "3.9 java"];

    public static readonly string[] Codecs = ["none", "gzip", "snappy", "lz4"];

    public Task Write(string writer, string topic, string codec, IEnumerable<string> lines)
    {
        var (release, kind) = Split(writer);
        List<string> arguments =
        [
            "--broker-list", bootstrapServers, "--topic", topic, "--compression-codec", codec, "--request-required-acks", "1",
            "--batch-size", "20",
        ];
        if (kind == "scala")
            arguments.AddRange(release == "0.8" ? ["--sync"] : ["--old-producer", "--sync"]);
        else if (release == "0.8")
            arguments.Add("--new-producer");
        return Tool(release, "kafka.tools.ConsoleProducer", arguments).Run(string.Concat(lines.Select(line => line + "\n")));
    }

    /// <summary>All of them side by side, since most of a tool's time is the start of its virtual machine.</summary>
    public Task EveryReaderGets(IReadOnlyList<string> written, string topic)
        => Task.WhenAll(Readers.Select(async reader => Assert.Equal(written, await Read(reader, topic, written.Count))));

    /// <summary>So many lines from the topic's beginning on.</summary>
    private async Task<IReadOnlyList<string>> Read(string reader, string topic, int count)
    {
        var (release, kind) = Split(reader);
        return kind switch
        {
            "simple" => await Tool(
                release, "kafka.tools.SimpleConsumerShell",
                ["--broker-list", bootstrapServers, "--topic", topic, "--partition", "0", "--offset", "-2", "--no-wait-at-logend",
                    "--max-messages", $"{count}"]).Run(),
            "high-level" => await Tool(
                release, "kafka.tools.ConsoleConsumer",
                ["--zookeeper", zooKeeper, "--topic", topic, "--from-beginning", "--max-messages", $"{count}"]).Run(),
            _ => await Tool(
                release, release == "3.9" ? "kafka-console-consumer" : "kafka.tools.ConsoleConsumer",
                [.. release == "3.9" ? Array.Empty<string>() : ["--new-consumer"], "--bootstrap-server", bootstrapServers, "--topic", topic,
                    "--from-beginning", "--max-messages", $"{count}"]).Run(),
        };
    }

    private static (string Release, string Kind) Split(string client) => client.Split(' ') is [var release, var kind]
        ? (release, kind)
        : throw new ArgumentException(client);

    private static Tool Tool(string release, string tool, IEnumerable<string> arguments)
    {
        var started = Peers.Java(release, tool, [.. arguments]);
        started.Environment["KAFKA_OPTS"] = "--add-opens=java.base/java.util=ALL-UNNAMED";
        return started;
    }
}
