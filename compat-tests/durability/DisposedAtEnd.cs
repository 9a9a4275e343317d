namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>A broker that a test starts itself, and that ends with it.</summary>
internal sealed class DisposedAtEnd(BrokerUnderTest broker) : IAsyncDisposable
{
    public BrokerUnderTest Broker => broker;

    public async ValueTask DisposeAsync() => await broker.DisposeAsync();
}
