using KafkaCompatBroker.Broker.Configuration.Tables;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>Where a setting's value comes from, by the numbers of DescribeConfigs.</summary>
public enum ConfigSource : sbyte
{
    Unknown = 0,
    DynamicTopicConfig = 1,
    DynamicBrokerConfig = 2,
    DynamicDefaultBrokerConfig = 3,
    StaticBrokerConfig = 4,
    DefaultConfig = 5,
}

/// <summary>A topic's settings: its own, over those of the broker that stand in for them, over the defaults. Immutable.</summary>
public sealed class TopicConfig
{
    private readonly BrokerConfig broker;
    private readonly Dictionary<string, object?> overrides = new(StringComparer.Ordinal);

    /// <param name="stored">The topic's own settings as stored. What is unknown or not allowed among them is passed over, as in Kafka: another version may have written it.</param>
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

    public int SegmentBytes => (int)Value("segment.bytes")!;
    public long SegmentMs => (long)Value("segment.ms")!;
    public long SegmentJitterMs => (long)Value("segment.jitter.ms")!;
    public int SegmentIndexBytes => (int)Value("segment.index.bytes")!;
    public int IndexIntervalBytes => (int)Value("index.interval.bytes")!;
    public long FlushMessages => (long)Value("flush.messages")!;
    public long FlushMs => (long)Value("flush.ms")!;
    public long FileDeleteDelayMs => (long)Value("file.delete.delay.ms")!;
    public long RetentionBytes => (long)Value("retention.bytes")!;
    public long RetentionMs => (long)Value("retention.ms")!;
    public int MaxMessageBytes => (int)Value("max.message.bytes")!;
    public IReadOnlyList<string> CleanupPolicy => (string[])Value("cleanup.policy")!;
    public string MessageTimestampType => (string)Value("message.timestamp.type")!;
    public long MessageTimestampBeforeMaxMs => TimestampBound("message.timestamp.before.max.ms");
    public long MessageTimestampAfterMaxMs => TimestampBound("message.timestamp.after.max.ms");
    public int MinInsyncReplicas => (int)Value("min.insync.replicas")!;
    public bool Preallocate => (bool)Value("preallocate")!;
    public bool UncleanLeaderElectionEnable => (bool)Value("unclean.leader.election.enable")!;

    /// <summary>A setting's value, boxed by its type.</summary>
    public object? Value(string name) => Look(name).Value;

    public ConfigSource Source(string name) => Look(name).Source;

    private (object? Value, ConfigSource Source) Look(string name)
    {
        var key = ConfigTable.Topic.Find(name);
        Invariant.Holds(key is not null);
        if (overrides.TryGetValue(name, out var value))
            return (value, ConfigSource.DynamicTopicConfig);
        foreach (var synonym in key.Synonyms)
        {
            if (broker.IsSet(synonym.BrokerKey) && broker.Value(synonym.BrokerKey) is { } set)
                return (Convert(key, set, synonym.Factor), ConfigSource.StaticBrokerConfig);
        }
        return (key.Default, ConfigSource.DefaultConfig);
    }

    // Kafka 3.6 split the bound in two; the old setting still holds for either that is not set. KIP-937.
    private long TimestampBound(string name)
    {
        var (value, source) = Look(name);
        return (long)(source == ConfigSource.DefaultConfig ? Value("message.timestamp.difference.max.ms") : value)!;
    }

    private static object Convert(ConfigKey key, object brokerValue, long factor)
    {
        if (key.Type != ConfigType.Long)
            return brokerValue;
        var amount = System.Convert.ToInt64(brokerValue, System.Globalization.CultureInfo.InvariantCulture);
        // Every negative retention means the same: without limit.
        return key.Name == "retention.ms" && amount < 0 ? -1L : amount * factor;
    }
}
