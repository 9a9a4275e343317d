namespace KafkaCompatBroker.Broker.Handlers.Configs;

/// <summary>What has settings, by the numbers of the requests about them. Kafka's ConfigResource.Type.</summary>
internal static class ConfigResources
{
    public const sbyte Topic = 2;
    public const sbyte Broker = 4;
    public const sbyte BrokerLogger = 8;
    /// <summary>KIP-714; of KRaft clusters alone.</summary>
    public const sbyte ClientMetrics = 16;

    /// <summary>A resource as Kafka's messages name it.</summary>
    public static string Show(sbyte type, string name) => $"ConfigResource(type={(type == Topic ? "TOPIC" : "BROKER")}, name='{name}')";
}
