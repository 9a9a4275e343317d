using System.Globalization;

namespace KafkaCompatBroker.CompatTests.Kcat;

public sealed class KcatTest(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    private const int RecordCount = 100_000;
    private static readonly string[] Codecs = ["none", "gzip", "snappy", "lz4", "zstd"];

    [NeedsTheory(Need.Kcat)]
    [InlineData(1)]
    [InlineData(12)]
    public async Task Records_of_every_codec_come_back_after_a_restart(int partitions)
    {
        using (var admin = new Admin(broker.Port))
        {
            foreach (var codec in Codecs)
                await admin.CreateTopic(Topic(codec, partitions), partitions);
        }
        foreach (var codec in Codecs)
        {
            for (var partition = 0; partition < partitions; partition++)
                await Produce(
                    Topic(codec, partitions), codec, partition,
                    Expected(partition, partitions).Select(record => $"{record.Key}\t{record.Value}"));
        }
        await broker.Restart();
        foreach (var codec in Codecs)
        {
            var lines = await Consume(Topic(codec, partitions)).Run();
            Assert.Equal(RecordCount, lines.Count);
            var byPartition = lines.Select(line => line.Split('\t')).ToLookup(fields => int.Parse(fields[0], CultureInfo.InvariantCulture));
            for (var partition = 0; partition < partitions; partition++)
            {
                var expected = Expected(partition, partitions).Select(
                    (record, offset) => $"{offset} {record.Key} origin=kcat,step={partition} {record.Value}");
                Assert.Equal(expected, byPartition[partition].Select(fields => string.Join(' ', fields.Skip(1))));
            }
        }
    }

    [NeedsFact(Need.Kcat)]
    public async Task Metadata_lists_the_broker_and_its_topics()
    {
        using (var admin = new Admin(broker.Port))
            await admin.CreateTopic("kcat-listed", 3);
        var listing = string.Join('\n', await new Tool("kcat", ["-L", "-b", broker.BootstrapServers]).Run());
        Assert.Contains($"broker 0 at {broker.BootstrapServers}", listing);
        Assert.Contains("topic \"kcat-listed\" with 3 partitions", listing);
        Assert.Contains("partition 2, leader 0, replicas: 0, isrs: 0", listing);
    }

    [NeedsFact(Need.Kcat)]
    public async Task A_topic_is_created_by_the_first_record()
    {
        await new Tool("kcat", ["-P", "-b", broker.BootstrapServers, "-t", "kcat-created", "-K", "\t"]).Run("key\tvalue\n");
        Assert.Equal(["0\t0\tkey\t\tvalue"], await Consume("kcat-created").Run());
    }

    [NeedsFact(Need.Kcat)]
    public async Task Offsets_are_found_by_timestamp()
    {
        using var admin = new Admin(broker.Port);
        await admin.CreateTopic("kcat-timestamps", 1);
        await Produce("kcat-timestamps", "none", 0, ["a\tb"]);
        var lines = await new Tool("kcat", ["-Q", "-b", broker.BootstrapServers, "-t", "kcat-timestamps:0:1000"]).Run();
        Assert.Equal("kcat-timestamps [0] offset 0", lines[0]);
    }

    [NeedsFact(Need.Kcat)]
    public async Task A_group_misses_nothing_when_one_member_leaves_one_is_killed_and_the_broker_is_killed()
    {
        const int partitions = 12, count = 3_000;
        using var admin = new Admin(broker.Port);
        await admin.CreateTopic("kcat-group-topic", partitions);
        Tool[] members = [.. Enumerable.Range(0, 3).Select(_ => Member().Start())];
        try
        {
            await Admin.Until("three members are at work", () => members.All(member => AssignedLast(member) == partitions / 3));
            await ProduceAndAwait(0);
            await members[0].Stop();
            await ProduceAndAwait(1);
            members[1].Kill();
            await ProduceAndAwait(2);
            var ends = admin.EndOffsets("kcat-group-topic", partitions);
            Assert.Equal(count * 3, ends.Sum());
            await members[2].Stop();
            Assert.Equal(ends, await admin.Committed("kcat-group", "kcat-group-topic", partitions));
            await broker.KillAndStart();
            using var later = new Admin(broker.Port);
            Assert.Equal(ends, await later.Committed("kcat-group", "kcat-group-topic", partitions));
        }
        finally
        {
            foreach (var member in members)
                member.Dispose();
        }

        async Task ProduceAndAwait(int step)
        {
            for (var partition = 0; partition < partitions; partition++)
                await Produce(
                    "kcat-group-topic", "none", partition, Enumerable.Range(0, count / partitions).Select(i => $"{step}\t{partition}-{i}"));
            await Admin.Until(
                $"step {step} is consumed", () => members.SelectMany(member => member.Lines).Distinct().Count() == count * (step + 1),
                TimeSpan.FromSeconds(60));
        }

        Tool Member() => new("kcat",
        [
            "-u", "-b", broker.BootstrapServers, "-G", "kcat-group", "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=500",
            "-X", "auto.commit.interval.ms=200", "-X", "auto.offset.reset=earliest", "-f", "%p %o\n", "kcat-group-topic",
        ]);
    }

    private static string Topic(string codec, int partitions) => $"kcat-{partitions}-{codec}";

    private async Task Produce(string topic, string codec, int partition, IEnumerable<string> records)
        => await new Tool("kcat",
            [
                "-P", "-b", broker.BootstrapServers, "-t", topic, "-p", $"{partition}", "-z", codec, "-K", "\t",
                "-H", "origin=kcat", "-H", $"step={partition}", "-X", "enable.idempotence=true",
            ])
            .Run(string.Concat(records.Select(record => record + "\n")));

    /// <summary>Lines of partition, offset, key, headers and value, between tabs.</summary>
    private Tool Consume(string topic)
        => new("kcat",
        [
            "-C", "-q", "-e", "-b", broker.BootstrapServers, "-t", topic, "-o", "beginning", "-X", "check.crcs=true",
            "-f", "%p\t%o\t%k\t%h\t%s\n",
        ]);

    private static IEnumerable<(string Key, string Value)> Expected(int partition, int partitions)
    {
        for (var i = partition; i < RecordCount; i += partitions)
            yield return ($"key-{i % 1000}", $"value-{i} {new string('x', i % 97)}");
    }

    /// <summary>kcat says on standard error: % Group … rebalanced (memberid …): assigned: topic [0], topic [1] …</summary>
    private static int AssignedLast(Tool member)
        => member.Errors.Split('\n').LastOrDefault(line => line.Contains("rebalanced", StringComparison.Ordinal)) is { } line
            && line.Contains("assigned:", StringComparison.Ordinal) ? line.Count(letter => letter == '[') : 0;
}
