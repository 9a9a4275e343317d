namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>Who fetches.</summary>
/// <param name="Replica">The replica that reads to copy; null for a consumer.</param>
/// <param name="Listener">The name of the listener that the fetch came in on.</param>
internal readonly record struct FetchOrigin(BrokerId? Replica, string Listener);
