using System.Globalization;
using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>A topic that is there from the beginning of a run to its end.</summary>
/// <param name="IsDurable">Each append is flushed before it is answered.</param>
internal sealed record TopicSetup(string Name, int PartitionCount, bool IsDurable)
{
    public IEnumerable<TopicPartition> Partitions => Enumerable.Range(0, PartitionCount).Select(index => new TopicPartition(Name, index));
}

/// <summary>What is drawn at the beginning of a run: the broker's settings, and the topics.</summary>
internal sealed record RunSettings
{
    public const int Port = 9092;

    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(6);

    public required IReadOnlyList<string> LogDirs { get; init; }
    public required IReadOnlyDictionary<string, string> Properties { get; init; }
    public required IReadOnlyList<TopicSetup> Topics { get; init; }
    public required int OffsetsPartitionCount { get; init; }
    public short ReplicationFactor { get; init; } = 1;
    /// <summary>Whether commits and groups are flushed before they are answered.</summary>
    public required bool AreOffsetsDurable { get; init; }
    public required TimeSpan ConnectionsMaxIdle { get; init; }
    /// <summary>Now and then a value is that long; most are short.</summary>
    public required int LargestValueLength { get; init; }
    /// <summary>How long faults go on.</summary>
    public required TimeSpan FaultTime { get; init; }

    public static RunSettings Draw(Random random)
    {
        var logDirs = Enumerable.Range(0, random.Next(1, 4)).Select(index => $"/disk{index}/kafka").ToList();
        var areOffsetsDurable = random.Next(2) == 0;
        var connectionsMaxIdle = TimeSpan.FromMilliseconds(random.Next(15_000, 60_000));
        var hasLargeValues = random.Next(4) == 0;
        var offsetsPartitionCount = random.Next(1, 4);
        var properties = new Dictionary<string, string>(LocalDefaults.Properties(), StringComparer.Ordinal)
        {
            ["broker.id"] = random.Next(2) == 0 ? "1" : "-1",
            ["listeners"] = string.Create(CultureInfo.InvariantCulture, $"PLAINTEXT://127.0.0.1:{Port}"),
            ["log.dirs"] = string.Join(',', logDirs),
            ["auto.create.topics.enable"] = "false",
            ["offsets.topic.num.partitions"] = Text(offsetsPartitionCount),
            ["offsets.topic.segment.bytes"] = Text(random.Next(1500, 10_000)),
            // The offsets that clients commit are compacted while all else happens.
            ["log.cleaner.backoff.ms"] = "1000",
            ["log.cleaner.min.cleanable.ratio"] = "0.2",
            ["log.segment.bytes"] = Text(hasLargeValues ? random.Next(100_000, 300_000) : random.Next(1500, 8000)),
            ["log.index.interval.bytes"] = Text(random.Next(1, 2000)),
            ["log.segment.delete.delay.ms"] = Text(random.Next(1, 3000)),
            ["log.flush.offset.checkpoint.interval.ms"] = Text(random.Next(500, 6000)),
            ["log.flush.start.offset.checkpoint.interval.ms"] = Text(random.Next(500, 6000)),
            ["replica.high.watermark.checkpoint.interval.ms"] = Text(random.Next(500, 6000)),
            ["group.min.session.timeout.ms"] = "1000",
            ["group.initial.rebalance.delay.ms"] = Text(random.Next(2) * random.Next(500)),
            ["connections.max.idle.ms"] = Text((int)connectionsMaxIdle.TotalMilliseconds),
            ["max.incremental.fetch.session.cache.slots"] = Text(random.Next(1, 10)),
        };
        if (areOffsetsDurable)
            properties["log.flush.interval.messages"] = "1";
        if (random.Next(3) == 0)
            properties["log.roll.ms"] = Text(random.Next(1000, 10_000));
        return new RunSettings
        {
            LogDirs = logDirs,
            Properties = properties,
            Topics =
            [
                new("flushed", random.Next(1, 4), IsDurable: true),
                new("cached", random.Next(1, 3), IsDurable: false),
            ],
            OffsetsPartitionCount = offsetsPartitionCount,
            AreOffsetsDurable = areOffsetsDurable,
            ConnectionsMaxIdle = connectionsMaxIdle,
            LargestValueLength = hasLargeValues ? 40_000 : 200,
            FaultTime = TimeSpan.FromSeconds(random.Next(8, 20)),
        };
    }

    /// <summary>The same with an ensemble.</summary>
    public RunSettings On(string connectString) => this with
    {
        Properties = new Dictionary<string, string>(Properties, StringComparer.Ordinal)
        {
            ["zookeeper.connect"] = connectString + "/kafka",
            ["zookeeper.session.timeout.ms"] = Text((int)SessionTimeout.TotalMilliseconds),
        },
    };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
