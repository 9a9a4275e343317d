using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>The one line that ends a start: where the broker listens, where its data is, and in which mode it runs.</summary>
internal static class StartupLine
{
    public static string Of(BrokerServer server, BrokerConfig config)
        => $"KafkaCompatBroker {typeof(StartupLine).Assembly.GetName().Version?.ToString(3)} is ready: "
            + $"{string.Join(", ", server.AdvertisedListeners)}; "
        + $"data in {string.Join(", ", config.DataFolders.Select(Path.GetFullPath))}; broker {server.Id} {server.ZnodesPlace}, "
        + $"cluster {server.ClusterId}";
}
