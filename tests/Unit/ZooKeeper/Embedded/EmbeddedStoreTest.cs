namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Embedded;

public sealed class EmbeddedStoreTest
{
    private readonly StoreFixture store = new();

    [Fact]
    public void Whoever_asks_a_store_that_has_been_closed_is_told_that_the_session_has_expired()
    {
        store.Create("/a");
        store.World.Await(store.Store.Close());
        Assert.Equal(ZkResult.SessionExpired, store.Create("/b").Result);
        Assert.Equal(ZkResult.SessionExpired, store.Get("/a").Result);
        store.World.Await(store.Session.Close());
        store.World.Await(store.Store.Close());
    }
}
