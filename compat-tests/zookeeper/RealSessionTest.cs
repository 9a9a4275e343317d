using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Tests.Unit.ZooKeeper;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.CompatTests.ZooKeeper;

/// <summary>Sessions with real servers that are cut off, killed and started again.</summary>
public sealed class RealSessionTest(ZooKeepers zooKeepers) : IClassFixture<ZooKeepers>
{
    public static TheoryData<string> Versions => new(ZooKeepers.Versions);

    [NeedsTheory(Need.Java, Need.ZooKeepers)]
    [MemberData(nameof(Versions))]
    public async Task A_restart_of_the_server_takes_neither_session_nor_watches(string version)
    {
        var server = await zooKeepers.Start(version);
        var client = ZooKeepers.Open($"{server.Connect}/restart/deep", TimeSpan.FromSeconds(30));
        var loop = new OsLoops(NoLog.Instance).Create("watcher");
        var told = new ToldEvents(client, loop);
        await client.Apply(new ZkOp.Create("/e", [1], ZkCreateMode.Ephemeral));
        await client.Apply(new ZkOp.Create("/p", null));
        await client.GetData("/p", watch: true);
        await client.GetChildren("/p", watch: true);
        await client.Exists("/later", watch: true);
        var id = client.SessionId;
        server.Kill();
        var asked = client.GetData("/e");
        await Admin.Until("the loss is told", () => told.SessionEvents.Any(told => told.Kind == ZkSessionEventKind.Disconnected));
        await server.Start();
        Assert.Equal([1], (await asked).Data);
        Assert.Equal((id, id), (client.SessionId, (await asked).Stat!.EphemeralOwner));
        var other = ZooKeepers.Open($"{server.Connect}/restart/deep");
        await other.Multi(
            [new ZkOp.SetData("/p", [2]), new ZkOp.Create("/p/child", null), new ZkOp.Create("/later", null)]);
        await Admin.Until("all is told", () => told.Events.Count == 3);
        Assert.Equal(
            ["ChildrenChanged /p", "Created /later", "DataChanged /p"],
            told.Events.Select(told => $"{told.Kind} {told.Path}").Order(StringComparer.Ordinal));
        await other.Close();
        await client.Close();
    }

    [NeedsTheory(Need.Java, Need.ZooKeepers)]
    [MemberData(nameof(Versions))]
    public async Task What_changed_while_the_client_was_cut_off_is_told_when_it_is_back(string version)
    {
        var server = await zooKeepers.Shared(version);
        using var proxy = new CuttingProxy(server.Port);
        var client = ZooKeepers.Open($"{proxy.Connect}/cut-off", TimeSpan.FromSeconds(30));
        var told = new ToldEvents(client, new OsLoops(NoLog.Instance).Create("watcher"));
        foreach (var path in (string[])["/data", "/gone", "/parent", "/same"])
        {
            await client.Apply(new ZkOp.Create(path, null));
            await client.GetData(path, watch: true);
            await client.GetChildren(path, watch: true);
        }
        await client.Exists("/comes", watch: true);
        proxy.IsClosed = true;
        var other = ZooKeepers.Open($"{server.Connect}/cut-off");
        await other.Multi(
        [
            new ZkOp.SetData("/data", [1]), new ZkOp.Delete("/gone"), new ZkOp.Create("/parent/child", null),
            new ZkOp.Create("/comes", null),
        ]);
        Assert.Empty(told.Events);
        proxy.IsClosed = false;
        await Admin.Until("all is told", () => told.Events.Count == 4);
        Assert.Equal(
            ["ChildrenChanged /parent", "Created /comes", "DataChanged /data", "Deleted /gone"],
            told.Events.Select(told => $"{told.Kind} {told.Path}").Order(StringComparer.Ordinal));
        await other.Apply(new ZkOp.SetData("/same", [1]));
        await Admin.Until("the watch that was set again tells", () => told.Events.Contains(new ZkEvent(ZkEventKind.DataChanged, "/same")));
        await other.Close();
        await client.Close();
    }

    [NeedsTheory(Need.Java, Need.ZooKeepers)]
    [MemberData(nameof(Versions))]
    public async Task A_session_that_expires_answers_what_waits_and_is_followed_by_the_next(string version)
    {
        var server = await zooKeepers.Shared(version);
        using var proxy = new CuttingProxy(server.Port);
        var client = ZooKeepers.Open($"{proxy.Connect}/expires", TimeSpan.FromSeconds(2));
        var told = new ToldEvents(client, new OsLoops(NoLog.Instance).Create("watcher"));
        await client.Apply(new ZkOp.Create("/e", null, ZkCreateMode.Ephemeral));
        var expired = client.SessionId;
        var other = ZooKeepers.Open($"{server.Connect}/expires");
        proxy.IsClosed = true;
        var asked = client.Apply(new ZkOp.Create("/late", null));
        await Admin.Until("the ephemeral node is gone", async () => (await other.Exists("/e")).Result == ZkResult.NoNode);
        proxy.IsClosed = false;
        Assert.Equal(ZkResult.SessionExpired, (await asked).Result);
        Assert.Equal(ZkResult.Ok, (await client.Apply(new ZkOp.Create("/e", null, ZkCreateMode.Ephemeral))).Result);
        Assert.NotEqual(expired, client.SessionId);
        Assert.Equal(client.SessionId, (await other.Exists("/e")).Stat!.EphemeralOwner);
        Assert.Equal(
            [new(ZkSessionEventKind.Expired, expired), new ZkSessionEvent(ZkSessionEventKind.Connected, client.SessionId)],
            told.SessionEvents.SkipWhile(told => told.Kind != ZkSessionEventKind.Expired));
        await other.Close();
        await client.Close();
    }

    [NeedsTheory(Need.Java, Need.ZooKeepers)]
    [MemberData(nameof(Versions))]
    public async Task Writes_are_done_once_though_connections_are_cut_all_the_time(string version)
    {
        const int count = 500, counted = 50;
        var server = await zooKeepers.Shared(version);
        using var proxy = new CuttingProxy(server.Port);
        var client = ZooKeepers.Open($"{proxy.Connect}/cuts", TimeSpan.FromSeconds(30));
        await client.Apply(new ZkOp.Create("/counter", null));
        var random = new Random(1);
        var counting = Count();
        var cuts = 0;
        var creates = Enumerable.Range(0, count).Select(number => client.Multi(
            [new ZkOp.Create($"/n{number}", [1], ZkCreateMode.Ephemeral), new ZkOp.SetData($"/n{number}", [2], 0)])).ToList();
        while (creates.Exists(create => !create.IsCompleted) || !counting.IsCompleted)
        {
            await Task.Delay(random.Next(5, 700));
            proxy.Cut();
            cuts++;
        }
        Assert.All(creates, create => Assert.Equal(ZkResult.Ok, create.Result.Result));
        Assert.Equal(counted, await counting);
        Assert.Equal(counted, (await client.Exists("/counter")).Stat!.Version);
        Assert.Equal(count + 1, (await client.GetChildren("/")).Names.Count);
        Assert.True(cuts > 3, $"only {cuts} cuts");
        await client.Close();

        async Task<int> Count()
        {
            for (var version = 0; version < counted; version++)
            {
                var set = await client.Apply(new ZkOp.SetData("/counter", BitConverter.GetBytes(version), version));
                Assert.Equal((ZkResult.Ok, version + 1), (set.Result, set.Stat!.Version));
            }
            return counted;
        }
    }

    [NeedsTheory(Need.Java, Need.ZooKeepers)]
    [MemberData(nameof(Versions))]
    public async Task A_session_goes_to_another_server_of_three(string version)
    {
        var servers = await zooKeepers.StartThree(version);
        var client = ZooKeepers.Open(string.Join(',', servers.Select(server => server.Connect)) + "/three", TimeSpan.FromSeconds(30));
        await client.Apply(new ZkOp.Create("/e", [1], ZkCreateMode.Ephemeral));
        var id = client.SessionId;
        // Each in turn, so that the one that serves the session is among them, and the leader.
        for (var round = 1; round <= 3; round++)
        {
            servers[round - 1].Kill();
            Assert.Equal([(byte)round], (await client.GetData("/e")).Data!);
            Assert.Equal(round, (await client.Apply(new ZkOp.SetData("/e", [(byte)(round + 1)], round - 1))).Stat!.Version);
            Assert.Equal(id, client.SessionId);
            await servers[round - 1].Start();
            await Admin.Until("three are there again", async () => await IsServing(servers[round - 1]));
        }
        await client.Close();

        static async Task<bool> IsServing(RealZooKeeper server)
        {
            var probe = ZooKeepers.Open(server.Connect, TimeSpan.FromSeconds(2));
            var isServing = await probe.Connected(TimeSpan.FromSeconds(5));
            await probe.Close();
            return isServing;
        }
    }

    [NeedsTheory(Need.Java, Need.ZooKeepers)]
    [MemberData(nameof(Versions))]
    public async Task What_the_server_does_not_take_is_given_up_and_the_session_goes_on(string version)
    {
        var server = await zooKeepers.Shared(version);
        var client = ZooKeepers.Open($"{server.Connect}/too-large");
        Assert.Equal(ZkResult.ConnectionLoss, (await client.Apply(new ZkOp.Create("/large", new byte[1_100_000]))).Result);
        Assert.Equal(ZkResult.Ok, (await client.Apply(new ZkOp.Create("/small", null))).Result);
        await client.Close();
    }

    [NeedsTheory(Need.Java, Need.ZooKeepers)]
    [MemberData(nameof(Versions))]
    public async Task Nodes_belong_to_who_has_authenticated_itself(string version)
    {
        var server = await zooKeepers.Shared(version);
        var connect = $"{server.Connect}/acl";
        ZnodeAccess AccessOf(string path) => path == "/secret" ? ZnodeAccess.CreatorAll
            : path == "/public" ? ZnodeAccess.CreatorAllWorldRead : ZnodeAccess.Open;
        var owner = ZooKeepers.Open(connect, digest: "kafka:secret", accessOf: AccessOf);
        var same = ZooKeepers.Open(connect, digest: "kafka:secret");
        var (nobody, wrong) = (ZooKeepers.Open(connect, accessOf: AccessOf), ZooKeepers.Open(connect, digest: "kafka:guess"));
        foreach (var path in (string[])["/secret", "/public", "/open"])
            Assert.Equal(ZkResult.Ok, (await owner.Apply(new ZkOp.Create(path, [1]))).Result);
        Assert.Equal([1], (await same.GetData("/secret")).Data);
        Assert.Equal(ZkResult.Ok, (await same.Apply(new ZkOp.SetData("/public", [2]))).Result);
        foreach (var other in (ZooKeeperClient[])[nobody, wrong])
        {
            Assert.Equal(ZkResult.NoAuth, (await other.GetData("/secret")).Result);
            Assert.Equal(ZkResult.NoAuth, (await other.GetChildren("/secret")).Result);
            Assert.Equal(ZkResult.NoAuth, (await other.Apply(new ZkOp.Create("/secret/x", null))).Result);
            Assert.Equal([2], (await other.GetData("/public")).Data);
            Assert.Equal(ZkResult.NoAuth, (await other.Apply(new ZkOp.SetData("/public", null))).Result);
            var multi = await other.Multi([new ZkOp.SetData("/open", null), new ZkOp.SetData("/public", null)]);
            Assert.Equal([ZkResult.Ok, ZkResult.NoAuth], multi.Results.Select(result => result.Result));
            Assert.Equal(ZkResult.Ok, (await other.Apply(new ZkOp.SetData("/open", [1]))).Result);
        }
        await same.Apply(new ZkOp.Delete("/secret"));
        Assert.Equal(ZkResult.InvalidAcl, (await nobody.Apply(new ZkOp.Create("/secret", null))).Result);
        foreach (var client in (ZooKeeperClient[])[owner, same, nobody, wrong])
            await client.Close();
    }
}
