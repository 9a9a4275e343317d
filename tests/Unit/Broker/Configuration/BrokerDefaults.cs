using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration;

/// <summary>What holds when no setting is given, as the settings tables state it.</summary>
internal static class BrokerDefaults
{
    public static readonly BrokerConfig Config = BrokerConfig.Parse(new Dictionary<string, string>());
}
