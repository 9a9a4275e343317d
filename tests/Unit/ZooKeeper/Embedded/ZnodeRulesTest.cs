namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Embedded;

public class ZnodeRulesTest
{
    private readonly StoreFixture store = new();

    [Fact]
    public void Null_data_and_empty_data_are_told_apart()
    {
        store.Create("/null", null);
        store.Create("/empty", "");
        store.Restart();
        Assert.Null(store.Get("/null").Data);
        Assert.Equal(0, store.Get("/empty").Data?.Length);
    }

    [Fact]
    public void A_create_needs_its_parent()
    {
        Assert.Equal(ZkResult.NoNode, store.Create("/a/b").Result);
        Assert.Equal(ZkResult.Ok, store.Create("/a").Result);
        Assert.Equal(ZkResult.Ok, store.Create("/a/b").Result);
        Assert.Equal(ZkResult.NodeExists, store.Create("/a/b").Result);
        Assert.Equal(["b"], store.Children("/a"));
    }

    [Fact]
    public void A_delete_refuses_a_node_with_children_and_another_version()
    {
        store.Create("/a");
        store.Create("/a/b");
        Assert.Equal(ZkResult.NotEmpty, store.Delete("/a").Result);
        Assert.Equal(ZkResult.BadVersion, store.Delete("/a/b", 1).Result);
        Assert.Equal(ZkResult.Ok, store.Delete("/a/b", 0).Result);
        Assert.Equal(ZkResult.NoNode, store.Delete("/a/b").Result);
        Assert.Equal(ZkResult.Ok, store.Delete("/a").Result);
    }

    [Fact]
    public void A_set_counts_the_version_and_keeps_the_czxid()
    {
        store.Create("/a", "0");
        var czxid = store.Get("/a").Stat!.Czxid;
        Assert.Equal(1, store.Set("/a", "1", 0).Stat!.Version);
        Assert.Equal(ZkResult.BadVersion, store.Set("/a", "x", 0).Result);
        var stat = store.Set("/a", "2").Stat!;
        Assert.Equal(2, stat.Version);
        Assert.Equal(czxid, stat.Czxid);
        Assert.True(stat.Mzxid > stat.Czxid);
        Assert.Equal("2"u8.ToArray(), store.Get("/a").Data);
        Assert.Equal(ZkResult.NoNode, store.Set("/b", "1").Result);
    }

    [Fact]
    public void Sequential_nodes_count_every_child_ever_made_here()
    {
        store.Create("/q");
        Assert.Equal("/q/n-0000000000", store.Create("/q/n-", "", ZkCreateMode.PersistentSequential).Path);
        store.Create("/q/other");
        store.Delete("/q/n-0000000000");
        Assert.Equal("/q/n-0000000002", store.Create("/q/n-", "", ZkCreateMode.PersistentSequential).Path);
        store.Restart();
        Assert.Equal("/q/n-0000000003", store.Create("/q/n-", "", ZkCreateMode.EphemeralSequential).Path);
    }

    [Fact]
    public void The_children_version_counts_creates_and_deletes()
    {
        store.Create("/p");
        store.Create("/p/a");
        store.Create("/p/b");
        store.Delete("/p/a");
        var stat = store.Get("/p").Stat!;
        Assert.Equal((3, 1), (stat.ChildrenVersion, stat.ChildrenCount));
    }

    [Fact]
    public void An_ephemeral_node_has_no_children_and_goes_with_its_session()
    {
        var other = store.OpenSession();
        var created = store.World.Await(other.Apply(new ZkOp.Create("/e", [], ZkCreateMode.Ephemeral)));
        Assert.Equal(other.SessionId, store.Get(created.Path!).Stat!.EphemeralOwner);
        Assert.Equal(ZkResult.NoChildrenForEphemerals, store.Create("/e/child").Result);
        store.World.Await(other.Close());
        Assert.False(store.Exists("/e"));
        Assert.Equal(ZkResult.SessionExpired, store.World.Await(other.GetData("/e")).Result);
    }

    [Fact]
    public void A_session_id_is_never_given_again()
    {
        var ids = new HashSet<long>();
        for (var round = 0; round < 3; round++)
        {
            Assert.True(ids.Add(store.Session.SessionId));
            Assert.True(ids.Add(store.OpenSession().SessionId));
            store.Restart(losePower: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/a/")]
    [InlineData("//a")]
    [InlineData("/./a")]
    [InlineData("/a/..")]
    public void A_path_that_is_none_is_refused(string path)
    {
        Assert.Equal(ZkResult.BadArguments, store.Create(path).Result);
        Assert.Equal(ZkResult.BadArguments, store.Set(path, "").Result);
        Assert.Equal(ZkResult.BadArguments, store.Delete(path).Result);
        Assert.Equal(ZkResult.BadArguments, store.Get(path).Result);
    }

    [Fact]
    public void A_multi_applies_all_operations_under_one_zxid()
    {
        var multi = store.Multi(
            new ZkOp.Create("/a", null), new ZkOp.SetData("/a", [1], 0), new ZkOp.Check("/a", 1), new ZkOp.Create("/a/b", null));
        Assert.Equal(ZkResult.Ok, multi.Result);
        Assert.Equal(store.Get("/a").Stat!.Czxid, store.Get("/a/b").Stat!.Czxid);
        Assert.Equal(1, store.Get("/a").Stat!.Version);
    }

    [Fact]
    public void A_multi_that_fails_changes_nothing_and_answers_with_ZooKeepers_codes()
    {
        store.Create("/a", "old");
        var before = store.Get("/a").Stat!;
        var multi = store.Multi(
            new ZkOp.SetData("/a", [9]), new ZkOp.Create(
                "/a/b", null, ZkCreateMode.Ephemeral), new ZkOp.Delete("/a/b"), new ZkOp.Check("/a", 0), new ZkOp.Create("/c", null));
        Assert.Equal(ZkResult.BadVersion, multi.Result);
        Assert.Equal(
            [ZkResult.Ok, ZkResult.Ok, ZkResult.Ok, ZkResult.BadVersion, ZkResult.RuntimeInconsistency],
            multi.Results.Select(result => result.Result));
        var after = store.Get("/a");
        Assert.Equal("old"u8.ToArray(), after.Data);
        Assert.Equal(before, after.Stat);
        Assert.False(store.Exists("/c"));
        // Nor does the sequence count what was taken back.
        Assert.Equal("/a/s0000000000", store.Create("/a/s", "", ZkCreateMode.PersistentSequential).Path);
    }
}
