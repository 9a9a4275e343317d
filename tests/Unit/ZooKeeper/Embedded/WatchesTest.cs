namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Embedded;

public class WatchesTest
{
    private readonly StoreFixture store = new();
    private readonly EventList watcher = new();

    public WatchesTest() => store.Session.Watch(store.World.Loops.Create("watcher"), watcher);

    [Fact]
    public void A_watch_fires_once()
    {
        store.Create("/a");
        store.Get("/a", watch: true);
        store.Set("/a", "1");
        store.Set("/a", "2");
        Assert.Equal([new ZkEvent(ZkEventKind.DataChanged, "/a")], Events());
    }

    [Fact]
    public void Exists_watches_a_node_that_is_not_there_yet_and_a_read_does_not()
    {
        store.World.Await(store.Session.Exists("/a", watch: true));
        store.World.Await(store.Session.GetData("/b", watch: true));
        store.World.Await(store.Session.GetChildren("/c", watch: true));
        store.Create("/a");
        store.Create("/b");
        store.Create("/c");
        store.Create("/c/d");
        Assert.Equal([new ZkEvent(ZkEventKind.Created, "/a")], Events());
    }

    [Fact]
    public void A_child_watch_hears_of_creates_and_deletes_below_and_not_of_data()
    {
        store.Create("/p");
        store.World.Await(store.Session.GetChildren("/p", watch: true));
        store.Set("/p", "x");
        Assert.Empty(Events());
        store.Create("/p/a");
        store.World.Await(store.Session.GetChildren("/p", watch: true));
        store.Set("/p/a", "x");
        store.Delete("/p/a");
        var changed = new ZkEvent(ZkEventKind.ChildrenChanged, "/p");
        Assert.Equal([changed, changed], Events());
    }

    [Fact]
    public void A_delete_is_told_once_to_who_watches_data_and_children()
    {
        store.Create("/p");
        store.Get("/p", watch: true);
        store.World.Await(store.Session.GetChildren("/p", watch: true));
        store.Delete("/p");
        Assert.Equal([new ZkEvent(ZkEventKind.Deleted, "/p")], Events());
    }

    [Fact]
    public void Another_sessions_end_is_heard_through_its_ephemeral_nodes()
    {
        var other = store.OpenSession();
        store.World.Await(other.Apply(new ZkOp.Create("/e", [], ZkCreateMode.Ephemeral)));
        store.Get("/e", watch: true);
        store.World.Await(other.Close());
        Assert.Equal([new ZkEvent(ZkEventKind.Deleted, "/e")], Events());
    }

    [Fact]
    public void A_refused_multi_fires_nothing()
    {
        store.Create("/a");
        store.Get("/a", watch: true);
        store.Multi(new ZkOp.SetData("/a", []), new ZkOp.Check("/nowhere", 0));
        Assert.Empty(Events());
    }

    [Fact]
    public void An_expired_session_hears_of_it_and_has_lost_nodes_and_watches()
    {
        store.Create("/e", "", ZkCreateMode.Ephemeral);
        store.Get("/e", watch: true);
        var id = store.Session.SessionId;
        store.World.Await(store.Store.Expire(store.Session));
        Assert.Empty(Events());
        Assert.Equal(
            [new(ZkSessionEventKind.Expired, id), new ZkSessionEvent(ZkSessionEventKind.Connected, store.Session.SessionId)],
            watcher.SessionEvents);
        Assert.NotEqual(id, store.Session.SessionId);
        Assert.False(store.Exists("/e"));
    }

    /// <summary>
    /// Whatever order loops run in, who awaits a later read on the watcher's loop has heard of the change the read shows.
    /// </summary>
    [Fact]
    public void An_event_is_delivered_before_a_later_reads_answer()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var fixture = new StoreFixture(seed);
            var events = new EventList();
            var loop = fixture.World.Loops.Create("watcher");
            fixture.Session.Watch(loop, events);
            fixture.Create("/a", "old");
            var other = fixture.OpenSession();
            fixture.World.Await(fixture.Session.GetData("/a", watch: true));
            var (sawNew, heardBeforeNew) = (false, true);
            var reader = loop.Start(async () =>
            {
                for (var read = 0; read < 20; read++)
                {
                    var data = await fixture.Session.GetData("/a");
                    sawNew = data.Data is [(byte)'n', ..];
                    heardBeforeNew &= events.Events.Count == 1 || !sawNew;
                }
            });
            var writer = other.Apply(new ZkOp.SetData("/a", StoreFixture.Bytes("new")));
            fixture.World.Await(reader);
            fixture.World.Await(writer);
            Assert.True(sawNew);
            Assert.True(heardBeforeNew);
        }
    }

    private List<ZkEvent> Events()
    {
        store.World.RunUntilIdle();
        return watcher.Events;
    }
}
