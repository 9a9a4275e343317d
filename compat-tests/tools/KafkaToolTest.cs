using System.Globalization;
using System.Text.Json;

namespace KafkaCompatBroker.CompatTests.Tools;

/// <summary>Kafka's own command-line tools, as its scripts start them.</summary>
public sealed class KafkaToolTest(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    [NeedsTheory(Need.Java)]
    [InlineData("3.9")]
    [InlineData("4.3")]
    public async Task Kafka_topics_creates_lists_grows_and_deletes(string version)
    {
        var topic = $"tools-{version}-topics";
        await Run(
            version, "kafka-topics", "--create", "--topic", topic, "--partitions", "3", "--replication-factor", "1", "--config",
            "retention.ms=-1");
        Assert.Contains(topic, await Run(version, "kafka-topics", "--list"));
        await Run(version, "kafka-topics", "--alter", "--topic", topic, "--partitions", "5");
        var offsets = await Run(version, "kafka-get-offsets", "--topic", topic);
        Assert.Equal(Enumerable.Range(0, 5).Select(partition => $"{topic}:{partition}:0"), offsets);
        var again = await Assert.ThrowsAsync<ToolFailed>(
            () => Run(version, "kafka-topics", "--create", "--topic", topic, "--partitions", "1", "--replication-factor", "1"));
        Assert.Contains($"Topic '{topic}' already exists.", again.Message);
        await Run(version, "kafka-topics", "--delete", "--topic", topic);
        Assert.DoesNotContain(topic, await Run(version, "kafka-topics", "--list"));
    }

    [NeedsTheory(Need.Java)]
    [InlineData("3.9")]
    [InlineData("4.3")]
    public async Task Kafka_topics_describes(string version)
    {
        var topic = $"tools-{version}-described";
        await Run(
            version, "kafka-topics", "--create", "--topic", topic, "--partitions", "2", "--replication-factor", "1", "--config",
            "segment.bytes=2000000");
        var described = await Run(version, "kafka-topics", "--describe", "--topic", topic);
        Assert.Contains(described, line => line.Contains("PartitionCount: 2", StringComparison.Ordinal) && line.Contains(
            "segment.bytes=2000000", StringComparison.Ordinal));
        Assert.Equal(2, described.Count(line => line.Contains("Leader: 0\tReplicas: 0\tIsr: 0", StringComparison.Ordinal)));
    }

    [NeedsTheory(Need.Java)]
    [InlineData("3.9")]
    [InlineData("4.3")]
    public async Task Console_producer_and_consumer_pass_keys_headers_and_values(string version)
    {
        var topic = $"tools-{version}-console";
        using (var admin = new Admin(broker.Port))
            await admin.CreateTopic(topic, 1);
        var records = Enumerable.Range(0, 1000).Select(i => $"n:{i},c:console\tkey-{i}\tvalue {i}").ToArray();
        var producer = Peers.Java(version, "kafka-console-producer", "--bootstrap-server", broker.BootstrapServers, "--topic", topic,
            "--compression-codec", "gzip", version == "3.9" ? "--property" : "--reader-property", "parse.key=true",
            version == "3.9" ? "--property" : "--reader-property", "parse.headers=true");
        await producer.Run(string.Join('\n', records) + "\n");
        await broker.Restart();
        var formatter = version == "3.9" ? "--property" : "--formatter-property";
        var read = await Run(
            version, "kafka-console-consumer", "--topic", topic, "--from-beginning", "--max-messages", "1000", "--timeout-ms", "30000",
            formatter, "print.key=true", formatter, "print.headers=true", formatter, "print.offset=true");
        Assert.Equal(records.Select((record, offset) => $"Offset:{offset}\t{record}"), read);
    }

    [NeedsTheory(Need.Java)]
    [InlineData("3.9", 1)]
    [InlineData("3.9", 12)]
    [InlineData("4.3", 1)]
    [InlineData("4.3", 12)]
    public async Task Verifiable_producer_and_consumer_agree(string version, int partitions)
    {
        const int count = 100_000;
        var topic = $"tools-{version}-verifiable-{partitions}";
        using (var admin = new Admin(broker.Port))
            await admin.CreateTopic(topic, partitions);
        var produced = await Run(
            version, "kafka-verifiable-producer", "--topic", topic, "--max-messages", $"{count}", "--repeating-keys", "100");
        Assert.Equal(count, Events(produced, "producer_send_success").Count());
        Assert.Equal(count, Events(produced, "tool_data").Single().GetProperty("acked").GetInt32());
        var consumed = await Run(
            version, "kafka-verifiable-consumer", "--topic", topic, "--group-id", $"{topic}-group", "--max-messages", $"{count}",
            "--reset-policy", "earliest", "--session-timeout", "6000", "--verbose");
        var records = Events(consumed, "record_data").ToArray();
        Assert.Equal(count, records.Length);
        for (var partition = 0; partition < partitions; partition++)
        {
            var values = records.Where(record => record.GetProperty("partition").GetInt32() == partition).ToArray();
            Assert.Equal(Enumerable.Range(0, values.Length), values.Select(record => record.GetProperty("offset").GetInt32()));
            var sequence = values.Select(
                record => int.Parse(record.GetProperty("value").GetString()!, CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(sequence.Order(), sequence);
        }
    }

    [NeedsTheory(Need.Java)]
    [InlineData("3.9")]
    [InlineData("4.3")]
    public async Task Get_offsets_tells_first_last_and_newest(string version)
    {
        var topic = $"tools-{version}-offsets";
        using (var admin = new Admin(broker.Port))
            await admin.CreateTopic(topic, 2);
        await Run(version, "kafka-verifiable-producer", "--topic", topic, "--max-messages", "10", "--repeating-keys", "1");
        string[] Expected(params int[] offsets) => [.. offsets.Select((offset, partition) => $"{topic}:{partition}:{offset}")];
        var ends = await Run(version, "kafka-get-offsets", "--topic", topic, "--time", "-1");
        var end = ends.Select(line => int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(10, end.Sum());
        Assert.Equal(Expected(end), ends);
        Assert.Equal(Expected(0, 0), await Run(version, "kafka-get-offsets", "--topic", topic, "--time", "-2"));
        var newest = await Run(version, "kafka-get-offsets", "--topic", topic, "--time", "-3");
        Assert.All(newest, line => Assert.StartsWith(topic, line, StringComparison.Ordinal));
    }

    private async Task<IReadOnlyList<string>> Run(string version, string tool, params string[] arguments)
        => await Peers.Java(version, tool, ["--bootstrap-server", broker.BootstrapServers, .. arguments]).Run();

    private static IEnumerable<JsonElement> Events(IEnumerable<string> lines, string name)
        => lines.Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement).Where(
            line => line.GetProperty("name").GetString() == name);
}
