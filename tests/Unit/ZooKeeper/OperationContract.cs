using static KafkaCompatBroker.Tests.Unit.ZooKeeper.ZooKeeperContract;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper;

/// <summary>The contract of single operations and reads.</summary>
public static class OperationContract
{
    public static async Task Null_data_and_empty_data_are_told_apart(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Apply(new ZkOp.Create("/null", null));
        await session.Apply(new ZkOp.Create("/empty", []));
        Assert.Null((await session.GetData("/null")).Data);
        Assert.Equal(0, (await session.GetData("/empty")).Data?.Length);
        await session.Apply(new ZkOp.SetData("/empty", null));
        await session.Apply(new ZkOp.SetData("/null", []));
        Assert.Null((await session.GetData("/empty")).Data);
        Assert.Equal(0, (await session.GetData("/null")).Data?.Length);
    }

    public static async Task A_create_needs_its_parent_and_a_free_path_and_tells_the_path(IContractGround ground)
    {
        var session = await ground.OpenSession();
        Assert.Equal(ZkResult.NoNode, await session.ResultOf(new ZkOp.Create("/a/b", null)));
        Assert.Equal(new ZkOpResult(ZkResult.Ok, "/a"), await session.Apply(new ZkOp.Create("/a", null)));
        Assert.Equal(new ZkOpResult(ZkResult.Ok, "/a/b"), await session.Apply(new ZkOp.Create("/a/b", null)));
        Assert.Equal(ZkResult.NodeExists, await session.ResultOf(new ZkOp.Create("/a/b", null)));
        Assert.Equal(["b"], (await session.GetChildren("/a")).Names);
    }

    public static async Task An_ephemeral_node_has_the_sessions_id_and_no_children(IContractGround ground)
    {
        var session = await ground.OpenSession();
        Assert.Equal(ZkResult.Ok, await session.ResultOf(new ZkOp.Create("/e", null, ZkCreateMode.Ephemeral)));
        Assert.Equal(session.SessionId, (await session.StatOf("/e")).EphemeralOwner);
        Assert.Equal(ZkResult.NoChildrenForEphemerals, await session.ResultOf(new ZkOp.Create("/e/child", null)));
    }

    public static async Task Sequential_nodes_count_every_child_ever_made(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/q");
        Assert.Equal("/q/n-0000000000", await MakeSequential(ZkCreateMode.PersistentSequential));
        await session.Make("/q/other");
        await session.Apply(new ZkOp.Delete("/q/n-0000000000"));
        Assert.Equal("/q/n-0000000002", await MakeSequential(ZkCreateMode.EphemeralSequential));
        Assert.Equal(session.SessionId, (await session.StatOf("/q/n-0000000002")).EphemeralOwner);
        Assert.Equal("/q/0000000003", (await session.Apply(new ZkOp.Create("/q/", null, ZkCreateMode.PersistentSequential))).Path);

        async Task<string?> MakeSequential(ZkCreateMode mode) => (await session.Apply(new ZkOp.Create("/q/n-", null, mode))).Path;
    }

    public static async Task A_set_counts_the_version_and_tells_the_stat(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/a", "0");
        var before = await session.StatOf("/a");
        var set = await session.Apply(new ZkOp.SetData("/a", Bytes("one"), 0));
        Assert.Equal(await session.StatOf("/a"), set.Stat);
        Assert.Equal((1, 3, before.Czxid, before.CtimeMs), (set.Stat!.Version, set.Stat.DataLength, set.Stat.Czxid, set.Stat.CtimeMs));
        Assert.True(set.Stat.Mzxid > before.Mzxid && before.Czxid == before.Mzxid && before.CtimeMs > 0);
        Assert.Equal(2, (await session.Apply(new ZkOp.SetData("/a", null))).Stat!.Version);
    }

    public static async Task Another_version_is_refused(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/a", "old");
        Assert.Equal(ZkResult.BadVersion, await session.ResultOf(new ZkOp.SetData("/a", Bytes("new"), 1)));
        Assert.Equal(ZkResult.BadVersion, await session.ResultOf(new ZkOp.Delete("/a", 1)));
        Assert.Equal(ZkResult.BadVersion, await session.ResultOf(new ZkOp.Check("/a", 1)));
        Assert.Equal(ZkResult.Ok, await session.ResultOf(new ZkOp.Check("/a", 0)));
        Assert.Equal(Bytes("old"), (await session.GetData("/a")).Data);
        Assert.Equal(ZkResult.Ok, await session.ResultOf(new ZkOp.Delete("/a", 0)));
    }

    public static async Task A_delete_refuses_a_node_with_children(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/a");
        await session.Make("/a/b");
        Assert.Equal(ZkResult.NotEmpty, await session.ResultOf(new ZkOp.Delete("/a")));
        Assert.Equal(ZkResult.Ok, await session.ResultOf(new ZkOp.Delete("/a/b")));
        Assert.Equal(ZkResult.Ok, await session.ResultOf(new ZkOp.Delete("/a")));
        Assert.Equal(ZkResult.NoNode, (await session.Exists("/a")).Result);
    }

    public static async Task What_is_not_there_is_told(IContractGround ground)
    {
        var session = await ground.OpenSession();
        Assert.Equal((ZkResult.NoNode, null, null), Parts(await session.GetData("/none")));
        Assert.Equal((ZkResult.NoNode, null, null), Parts(await session.Exists("/none")));
        var children = await session.GetChildren("/none");
        Assert.Equal((ZkResult.NoNode, 0, null), (children.Result, children.Names.Count, children.Stat));
        foreach (var operation in (ZkOp[])[new ZkOp.SetData("/none", null), new ZkOp.Delete("/none"), new ZkOp.Check("/none", -1)])
            Assert.Equal(ZkResult.NoNode, await session.ResultOf(operation));

        static (ZkResult, byte[]?, ZkStat?) Parts(ZkData data) => (data.Result, data.Data, data.Stat);
    }

    public static async Task A_stat_counts_children_and_what_was_done_to_them(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/p", "four");
        await session.Make("/p/a");
        await session.Make("/p/b");
        await session.Apply(new ZkOp.Delete("/p/a"));
        var children = await session.GetChildren("/p");
        Assert.Equal(await session.StatOf("/p"), children.Stat);
        Assert.Equal((await session.GetData("/p")).Stat, children.Stat);
        Assert.Equal(
            (3, 1, 4, 0, 0L),
            (children.Stat!.ChildrenVersion, children.Stat.ChildrenCount, children.Stat.DataLength, children.Stat.Version,
                children.Stat.EphemeralOwner));
    }

    public static async Task A_path_that_is_none_is_refused(IContractGround ground)
    {
        var session = await ground.OpenSession();
        foreach (var path in (string[])["", "a", "/a/", "//a", "/./a", "/a/..", "/a\0"])
        {
            Assert.Equal(ZkResult.BadArguments, (await session.GetData(path)).Result);
            Assert.Equal(ZkResult.BadArguments, (await session.Exists(path)).Result);
            Assert.Equal(ZkResult.BadArguments, (await session.GetChildren(path)).Result);
            Assert.Equal(ZkResult.BadArguments, await session.ResultOf(new ZkOp.Create(path, null)));
            Assert.Equal(ZkResult.BadArguments, await session.ResultOf(new ZkOp.SetData(path, null)));
            Assert.Equal(ZkResult.BadArguments, await session.ResultOf(new ZkOp.Delete(path)));
            Assert.Equal(ZkResult.BadArguments, await session.ResultOf(new ZkOp.Check(path, 0)));
        }
    }

    public static async Task The_root_is_there_and_stays(IContractGround ground)
    {
        var session = await ground.OpenSession();
        Assert.Equal(ZkResult.NodeExists, await session.ResultOf(new ZkOp.Create("/", null)));
        Assert.Equal(ZkResult.BadArguments, await session.ResultOf(new ZkOp.Delete("/")));
        await session.Make("/a");
        Assert.Contains("a", (await session.GetChildren("/")).Names);
        Assert.Equal(ZkResult.Ok, await session.ResultOf(new ZkOp.SetData("/", Bytes("root"))));
        Assert.Equal(Bytes("root"), (await session.GetData("/")).Data);
    }

    public static async Task Names_are_text_of_any_language(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/Gruß 世界", "Grüße");
        Assert.Equal(Bytes("Grüße"), (await session.GetData("/Gruß 世界")).Data);
        Assert.Contains("Gruß 世界", (await session.GetChildren("/")).Names);
    }

    public static async Task Large_data_comes_back_and_what_no_frame_holds_is_refused(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var large = new byte[1_000_000];
        new Random(1).NextBytes(large);
        Assert.Equal(ZkResult.Ok, await session.ResultOf(new ZkOp.Create("/large", large)));
        Assert.Equal(large, (await session.GetData("/large")).Data);
        Assert.Equal(ZkResult.BadArguments, await session.ResultOf(new ZkOp.SetData("/large", new byte[5_000_000])));
        Assert.Equal(0, (await session.StatOf("/large")).Version);
    }

    public static async Task Requests_asked_together_are_done_in_their_order(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/counter", "");
        var asked = new List<Task<ZkOpResult>>();
        var read = new List<Task<ZkData>>();
        for (var number = 1; number <= 300; number++)
        {
            asked.Add(session.Apply(new ZkOp.SetData("/counter", Bytes($"{number}"), number - 1)));
            read.Add(session.GetData("/counter"));
        }
        for (var number = 1; number <= 300; number++)
        {
            Assert.Equal(number, (await asked[number - 1]).Stat?.Version);
            Assert.Equal(Bytes($"{number}"), (await read[number - 1]).Data);
        }
    }
}
