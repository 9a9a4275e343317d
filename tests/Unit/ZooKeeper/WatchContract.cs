using static KafkaCompatBroker.Tests.Unit.ZooKeeper.ZooKeeperContract;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper;

/// <summary>The contract of watches: told once, of what they are set on, before anybody reads what they tell of.</summary>
public static class WatchContract
{
    public static async Task A_watch_tells_one_change(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var told = new ToldEvents(session, ground.Loop);
        await session.Make("/a");
        await session.GetData("/a", watch: true);
        await session.Apply(new ZkOp.SetData("/a", Bytes("1")));
        await session.Apply(new ZkOp.SetData("/a", Bytes("2")));
        Assert.Equal([new ZkEvent(ZkEventKind.DataChanged, "/a")], await told.All(session, ground));
    }

    public static async Task Each_path_has_its_own_watch_however_often_it_is_set(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var told = new ToldEvents(session, ground.Loop);
        foreach (var path in (string[])["/a", "/b", "/c"])
        {
            await session.Make(path);
            await session.GetData(path, watch: true);
            await session.Exists(path, watch: true);
        }
        await session.Apply(new ZkOp.SetData("/c", null));
        await session.Apply(new ZkOp.Delete("/a"));
        Assert.Equal(
            [new(ZkEventKind.DataChanged, "/c"), new ZkEvent(ZkEventKind.Deleted, "/a")], await told.All(session, ground));
    }

    public static async Task Only_Exists_watches_a_node_that_is_not_there_yet(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var told = new ToldEvents(session, ground.Loop);
        await session.Exists("/a", watch: true);
        await session.GetData("/b", watch: true);
        await session.GetChildren("/c", watch: true);
        foreach (var path in (string[])["/a", "/b", "/c", "/c/d"])
            await session.Make(path);
        Assert.Equal([new ZkEvent(ZkEventKind.Created, "/a")], await told.All(session, ground));
    }

    public static async Task A_child_watch_tells_of_children_that_come_and_go_and_not_of_data(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var told = new ToldEvents(session, ground.Loop);
        var changed = new ZkEvent(ZkEventKind.ChildrenChanged, "/p");
        await session.Make("/p");
        await session.GetChildren("/p", watch: true);
        await session.Apply(new ZkOp.SetData("/p", null));
        Assert.Empty(await told.All(session, ground));
        await session.Make("/p/a");
        await session.GetChildren("/p", watch: true);
        await session.Apply(new ZkOp.SetData("/p/a", null));
        await session.Make("/p/a/grandchild");
        await session.Apply(new ZkOp.Delete("/p/a/grandchild"));
        Assert.Equal([changed], await told.All(session, ground));
        await session.Apply(new ZkOp.Delete("/p/a"));
        Assert.Equal([changed, changed], await told.All(session, ground));
    }

    public static async Task The_end_of_a_node_is_told_once_to_who_watches_its_data_and_its_children(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var told = new ToldEvents(session, ground.Loop);
        await session.Make("/p");
        await session.GetData("/p", watch: true);
        await session.GetChildren("/p", watch: true);
        await session.Apply(new ZkOp.Delete("/p"));
        await session.Make("/p");
        await session.GetChildren("/p", watch: true);
        await session.Apply(new ZkOp.Delete("/p"));
        var deleted = new ZkEvent(ZkEventKind.Deleted, "/p");
        Assert.Equal([deleted, deleted], await told.All(session, ground));
    }

    public static async Task A_child_that_goes_is_told_of_before_its_parent(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var told = new ToldEvents(session, ground.Loop);
        await session.Make("/p");
        await session.Make("/p/a");
        await session.GetChildren("/p", watch: true);
        await session.GetData("/p/a", watch: true);
        await session.Apply(new ZkOp.Delete("/p/a"));
        Assert.Equal(
            [new(ZkEventKind.Deleted, "/p/a"), new ZkEvent(ZkEventKind.ChildrenChanged, "/p")], await told.All(session, ground));
    }

    public static async Task A_refused_multi_tells_nothing_and_a_done_one_tells_each_watch_once(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var told = new ToldEvents(session, ground.Loop);
        await session.Make("/a");
        await session.GetData("/a", watch: true);
        await session.GetChildren("/a", watch: true);
        await session.Multi([new ZkOp.SetData("/a", null), new ZkOp.Create("/a/b", null), new ZkOp.Check("/none", 0)]);
        Assert.Empty(await told.All(session, ground));
        await session.Multi([new ZkOp.SetData("/a", null), new ZkOp.SetData("/a", null), new ZkOp.Create("/a/b", null)]);
        Assert.Equal(
            [new(ZkEventKind.DataChanged, "/a"), new ZkEvent(ZkEventKind.ChildrenChanged, "/a")], await told.All(session, ground));
    }

    public static async Task A_watch_is_told_to_the_session_that_set_it(IContractGround ground)
    {
        var (one, other) = (await ground.OpenSession(), await ground.OpenSession());
        var (toldOne, toldOther) = (new ToldEvents(one, ground.Loop), new ToldEvents(other, ground.Loop));
        await one.Make("/a");
        await one.GetData("/a", watch: true);
        await other.Apply(new ZkOp.SetData("/a", null));
        Assert.Equal([new ZkEvent(ZkEventKind.DataChanged, "/a")], await toldOne.All(one, ground));
        Assert.Empty(await toldOther.All(other, ground));
    }

    /// <summary>Whoever awaits a read on the loop that takes events has been told of the change that the read shows.</summary>
    public static async Task A_change_is_told_before_it_is_read(IContractGround ground)
    {
        var (session, other) = (await ground.OpenSession(), await ground.OpenSession());
        var told = new ToldEvents(session, ground.Loop);
        await session.Make("/a", "0");
        for (var round = 1; round <= 20; round++)
        {
            await session.GetData("/a", watch: true);
            var data = Bytes($"{round}");
            var (isRead, wasToldBefore) = (false, true);
            var reading = ground.Loop.Start(async () =>
            {
                while (!isRead)
                {
                    isRead = (await session.GetData("/a")).Data!.SequenceEqual(data);
                    wasToldBefore &= !isRead || told.Events.Count == round;
                }
            });
            await other.Apply(new ZkOp.SetData("/a", data));
            await reading;
            Assert.True(wasToldBefore);
        }
    }
}
