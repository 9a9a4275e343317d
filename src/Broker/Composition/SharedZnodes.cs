using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// The znodes of a broker that shares its process, and a store in it, with the others of its cluster. The store is its owner's; each start
/// of a broker has a session of its own.
/// </summary>
internal sealed class SharedZnodes : BrokerZnodes
{
    private readonly EmbeddedSession session;

    private SharedZnodes(EmbeddedStore store, EmbeddedSession session)
    {
        this.session = session;
        Failed = ReasonOf(store.Failed);
    }

    public override IZooKeeper Session => session;

    public override Task<string> Failed { get; }

    public override string Place => "with the other brokers of its process";

    public static async Task<SharedZnodes> Open(EmbeddedStore store) => new(store, await store.OpenSession());

    public override Task Close() => session.Close();
}
