using static KafkaCompatBroker.Tests.Unit.ZooKeeper.ZooKeeperContract;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper;

/// <summary>The contract of multis: all of one or nothing.</summary>
public static class MultiContract
{
    public static async Task A_multi_is_one_transaction_and_tells_what_each_part_did(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/old");
        var multi = await session.Multi(
        [
            new ZkOp.Create("/a", Bytes("made")), new ZkOp.SetData("/a", Bytes("set"), 0), new ZkOp.Check("/a", 1),
            new ZkOp.Create("/a/s-", null, ZkCreateMode.PersistentSequential), new ZkOp.Delete("/old", 0),
        ]);
        var (a, child) = (await session.StatOf("/a"), await session.StatOf("/a/s-0000000000"));
        Assert.Equal((1, a.Czxid, a.Mzxid), (a.Version, child.Czxid, child.Czxid));
        Assert.Equal(ZkResult.NoNode, (await session.Exists("/old")).Result);
        // The stat of a part is that of its moment, when the last part had not been done.
        Assert.Equal((1, a.Czxid), (multi.Results[1].Stat?.Version, multi.Results[1].Stat?.Czxid));
        Assert.Equal(ZkResult.Ok, multi.Result);
        Assert.Equal(
            [new(ZkResult.Ok, "/a"), new(ZkResult.Ok, "/a"), new(ZkResult.Ok), new(ZkResult.Ok, "/a/s-0000000000"), new ZkOpResult(
                ZkResult.Ok, "/old")],
            multi.Results.Select(result => result with { Stat = null }));
    }

    public static async Task A_part_that_is_refused_undoes_the_others_wherever_it_stands(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/a", "old");
        var before = await session.StatOf("/a");
        for (var place = 0; place < 4; place++)
        {
            List<ZkOp> operations =
                [new ZkOp.SetData("/a", Bytes("new")), new ZkOp.Create("/a/b", null), new ZkOp.Delete("/a/b")];
            operations.Insert(place, new ZkOp.Check("/a", 7));
            var multi = await session.Multi(operations);
            Assert.Equal(ZkResult.BadVersion, multi.Result);
            Assert.Equal(
                Enumerable.Range(0, 4).Select(index => new ZkOpResult(
                    index < place ? ZkResult.Ok : index == place ? ZkResult.BadVersion : ZkResult.RuntimeInconsistency)),
                multi.Results);
        }
        Assert.Equal(before, await session.StatOf("/a"));
        Assert.Equal(Bytes("old"), (await session.GetData("/a")).Data);
        // Nor does the sequence count what was undone.
        Assert.Equal("/a/s0000000000", (await session.Apply(new ZkOp.Create("/a/s", null, ZkCreateMode.PersistentSequential))).Path);
    }

    public static async Task Each_part_is_refused_with_its_own_code(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/a");
        await session.Make("/a/b");
        await session.Apply(new ZkOp.Create("/e", null, ZkCreateMode.Ephemeral));
        (ZkOp Operation, ZkResult Expected)[] parts =
        [
            (new ZkOp.Create("/a", null), ZkResult.NodeExists), (new ZkOp.Create("/none/x", null), ZkResult.NoNode),
            (new ZkOp.Create("/e/x", null), ZkResult.NoChildrenForEphemerals), (new ZkOp.Delete("/a"), ZkResult.NotEmpty),
            (new ZkOp.Delete("/a/b", 3), ZkResult.BadVersion), (new ZkOp.Delete("/none"), ZkResult.NoNode),
            (new ZkOp.SetData("/a", null, 3), ZkResult.BadVersion), (new ZkOp.SetData("/none", null), ZkResult.NoNode),
            (new ZkOp.Check("/a", 3), ZkResult.BadVersion), (new ZkOp.Check("/none", -1), ZkResult.NoNode),
            (new ZkOp.Delete("a"), ZkResult.BadArguments), (new ZkOp.Create("/a/", null), ZkResult.BadArguments),
        ];
        foreach (var (operation, expected) in parts)
        {
            var multi = await session.Multi([new ZkOp.Check("/a", 0), operation, new ZkOp.Check("/a", 0)]);
            Assert.Equal((operation, expected), (operation, multi.Result));
            Assert.Equal(
                [ZkResult.Ok, expected, ZkResult.RuntimeInconsistency], multi.Results.Select(result => result.Result));
        }
    }

    public static async Task A_multi_of_nothing_is_done(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var multi = await session.Multi([]);
        Assert.Equal((ZkResult.Ok, 0), (multi.Result, multi.Results.Count));
    }

    public static async Task What_one_part_makes_the_next_ones_find(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var multi = await session.Multi(
        [
            new ZkOp.Create("/a", null), new ZkOp.Create("/a/b", null), new ZkOp.Delete("/a/b"), new ZkOp.Delete("/a"),
            new ZkOp.Create("/a", Bytes("again"), ZkCreateMode.Ephemeral),
        ]);
        Assert.Equal(ZkResult.Ok, multi.Result);
        var read = await session.GetData("/a");
        Assert.Equal((session.SessionId, 0), (read.Stat!.EphemeralOwner, read.Stat.ChildrenCount));
        Assert.Equal(Bytes("again"), read.Data);
    }
}
