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
    DynamicBrokerLoggerConfig = 6,
}

/// <summary>The settings that one source gives, as they were written there.</summary>
public sealed record ConfigLayer(ConfigSource Source, IReadOnlyDictionary<string, string> Texts);
