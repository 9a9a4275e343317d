using System.Globalization;
using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>A topic's settings: its own, over those of the broker that stand in for them, over the defaults. Immutable.</summary>
public sealed class TopicConfig
{
    private readonly BrokerConfig broker;
    private readonly Dictionary<string, object?> overrides = new(StringComparer.Ordinal);

    /// <param name="stored">The topic's own settings as stored. What is unknown or not allowed among them is passed over, as in Kafka:
    /// another version may have written it.</param>
    public TopicConfig(BrokerConfig broker, IReadOnlyDictionary<string, string> stored)
    {
        this.broker = broker;
        var passedOver = new List<string>();
        foreach (var (name, text) in stored)
        {
            try
            {
                if (ConfigTable.Topic.Find(name) is { } key)
                    overrides[name] = key.Parse(text);
                else
                    passedOver.Add($"{name} is not a topic setting");
            }
            catch (InvalidConfig invalid)
            {
                passedOver.Add(invalid.Message);
            }
        }
        PassedOver = passedOver;
    }

    /// <summary>One line for each stored setting without effect.</summary>
    public IReadOnlyList<string> PassedOver { get; }

    /// <summary>The same for the partition logs of the topic.</summary>
    public LogConfig ToLogConfig() => new()
    {
        SegmentBytes = (int)Value("segment.bytes")!,
        SegmentMs = (long)Value("segment.ms")!,
        SegmentJitterMs = (long)Value("segment.jitter.ms")!,
        SegmentIndexBytes = (int)Value("segment.index.bytes")!,
        Preallocate = (bool)Value("preallocate")!,
        IndexIntervalBytes = (int)Value("index.interval.bytes")!,
        FlushMessages = (long)Value("flush.messages")!,
        FlushMs = (long)Value("flush.ms")!,
        RetentionBytes = (long)Value("retention.bytes")!,
        RetentionMs = (long)Value("retention.ms")!,
        MessageMaxBytes = (int)Value("max.message.bytes")!,
        CleanupPolicy = CleanupPolicyOf((string[])Value("cleanup.policy")!),
        FileDeleteDelayMs = (long)Value("file.delete.delay.ms")!,
        CompressionType = CompressionTypeOf((string)Value("compression.type")!),
        CompressionLevel = CompressionLevelOf((string)Value("compression.type")!),
        TimestampType = (string)Value("message.timestamp.type")! == "LogAppendTime"
            ? TimestampType.LogAppendTime
            : TimestampType.CreateTime,
        TimestampBeforeMaxMs = TimestampBound("message.timestamp.before.max.ms"),
        TimestampAfterMaxMs = TimestampBound("message.timestamp.after.max.ms"),
        DownConversionEnable = (bool)Value("message.downconversion.enable")!,
        DeleteRetentionMs = (long)Value("delete.retention.ms")!,
        CompactionLagMinMs = (long)Value("min.compaction.lag.ms")!,
        CompactionLagMaxMs = (long)Value("max.compaction.lag.ms")!,
        CleanableDirtyRatioMin = (double)Value("min.cleanable.dirty.ratio")!,
        InSyncReplicasMin = (int)Value("min.insync.replicas")!,
        UncleanLeaderElectionEnable = (bool)Value("unclean.leader.election.enable")!,
        LeaderThrottledReplicas = ThrottledReplicas.Of((string[])Value("leader.replication.throttled.replicas")!),
        FollowerThrottledReplicas = ThrottledReplicas.Of((string[])Value("follower.replication.throttled.replicas")!),
    };

    /// <summary>A setting's value, boxed by its type.</summary>
    public object? Value(string name) => Look(name).Value;

    public ConfigSource Source(string name) => Look(name).Source;

    /// <summary>Every setting as DescribeConfigs reports it.</summary>
    public IEnumerable<ConfigEntry> Entries() => ConfigEntry.OfTopic(broker, this);

    private (object? Value, ConfigSource Source) Look(string name)
    {
        var key = ConfigTable.Topic.Find(name);
        Invariant.Holds(key is not null);
        if (overrides.TryGetValue(name, out var value))
            return (value, ConfigSource.DynamicTopicConfig);
        foreach (var synonym in key.Synonyms)
        {
            if (broker.IsSet(synonym.BrokerKey) && broker.Value(synonym.BrokerKey) is { } set)
                return (Convert(key, set, synonym.Factor), broker.SourceOf(synonym.BrokerKey));
        }
        return (key.Default, ConfigSource.DefaultConfig);
    }

    // Kafka 3.6 split the bound in two; the old setting still holds for either that is not set. KIP-937.
    private long TimestampBound(string name)
    {
        var (value, source) = Look(name);
        return (long)(source == ConfigSource.DefaultConfig ? Value("message.timestamp.difference.max.ms") : value)!;
    }

    private static CleanupPolicy CleanupPolicyOf(string[] policies)
        => (policies.Contains("delete") ? CleanupPolicy.Delete : CleanupPolicy.None) | (
            policies.Contains("compact") ? CleanupPolicy.Compact : CleanupPolicy.None);

    private static CompressionType? CompressionTypeOf(string name) => name switch
    {
        "uncompressed" => CompressionType.None,
        "gzip" => CompressionType.Gzip,
        "snappy" => CompressionType.Snappy,
        "lz4" => CompressionType.Lz4,
        "zstd" => CompressionType.Zstd,
        _ => null,
    };

    private int CompressionLevelOf(string compressionType)
        => compressionType is "gzip" or "lz4" or "zstd"
            ? (int)Value($"compression.{compressionType}.level")!
            : RecordCompression.DefaultLevel;

    private static object Convert(ConfigKey key, object brokerValue, long factor)
    {
        if (key.Type != ConfigType.Long)
            return brokerValue;
        var amount = System.Convert.ToInt64(brokerValue, CultureInfo.InvariantCulture);
        // Every negative retention means the same: without limit.
        return key.Name == "retention.ms" && amount < 0 ? -1L : amount * factor;
    }
}
