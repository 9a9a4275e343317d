using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Network;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration;

/// <summary>What holds when no setting is given, as the settings tables state it.</summary>
internal static class BrokerDefaults
{
    public static readonly BrokerConfig Config = BrokerConfig.Parse(new Dictionary<string, string>());

    public static readonly string ProtocolMap = Config.ListenerSecurityProtocolMap;

    public static readonly NetworkOptions Network = NetworkOptions.From(Config);
}
