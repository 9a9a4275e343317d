namespace KafkaCompatBroker.Testing;

/// <summary>How a cluster for a test differs from one that is started with nothing said.</summary>
public sealed class KafkaClusterOptions
{
    /// <summary>Settings of server.properties by Kafka's names, for every broker; they go before the defaults.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>Settings of one broker, such as its <c>broker.rack</c>; they go before those of all.</summary>
    public Func<int, IReadOnlyDictionary<string, string>> SettingsOf { get; init; } = _ => new Dictionary<string, string>();

    /// <summary>A folder that outlives the cluster; null for a temporary one.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Where the brokers' events go; nowhere unless set.</summary>
    public ILog Log { get; init; } = NoLog.Instance;
}
