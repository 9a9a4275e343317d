using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Client;

public sealed class ArmedWatchesTest
{
    private readonly ClientFixture fixture = new();

    [Theory]
    [InlineData("")]
    [InlineData("/kafka/one")]
    public void Watches_go_on_behind_a_lost_connection_and_tell_what_has_changed_meanwhile(string chroot)
    {
        var client = fixture.Open(chroot);
        var told = new ToldEvents(client, fixture.Loop);
        foreach (var path in (string[])["/data", "/gone", "/parent", "/parent/child", "/same", "/parent-gone"])
            fixture.Create(client, path);
        fixture.Run(async () =>
        {
            foreach (var path in (string[])["/data", "/gone", "/same"])
                await client.GetData(path, watch: true);
            foreach (var path in (string[])["/comes", "/later"])
                await client.Exists(path, watch: true);
            foreach (var path in (string[])["/parent", "/same", "/parent-gone"])
                await client.GetChildren(path, watch: true);
        });
        fixture.Ensemble.Servers[0].Stop();
        fixture.World.RunUntilIdle();
        fixture.Ensemble.Apply(
            new ZkOp.SetData($"{chroot}/data", [1]), new ZkOp.Delete($"{chroot}/gone"), new ZkOp.Create($"{chroot}/comes", null),
            new ZkOp.Delete($"{chroot}/parent/child"), new ZkOp.Delete($"{chroot}/parent-gone"));
        fixture.Ensemble.Servers[0].Start();
        fixture.World.Await(client.Exists("/"));
        fixture.World.RunUntilIdle();
        Assert.Equal(
            ["ChildrenChanged /parent", "Created /comes", "DataChanged /data", "Deleted /gone", "Deleted /parent-gone"],
            told.Events.Select(told => $"{told.Kind} {told.Path}").Order(StringComparer.Ordinal));
        fixture.Ensemble.Apply(
            new ZkOp.SetData($"{chroot}/same", [1]), new ZkOp.Create($"{chroot}/same/child", null),
            new ZkOp.Create($"{chroot}/later", null), new ZkOp.SetData($"{chroot}/data", [2]));
        fixture.World.RunUntilIdle();
        Assert.Equal(
            ["ChildrenChanged /same", "Created /later", "DataChanged /same"],
            told.Events.Skip(5).Select(told => $"{told.Kind} {told.Path}").Order(StringComparer.Ordinal));
        Assert.Empty(fixture.World.Errors);
    }

    [Fact]
    public void What_was_seen_before_the_loss_is_not_told_again()
    {
        var client = fixture.Open();
        var told = new ToldEvents(client, fixture.Loop);
        fixture.Create(client, "/a");
        fixture.World.Await(client.Apply(new ZkOp.SetData("/a", [1])));
        fixture.World.Await(client.GetData("/a", watch: true));
        fixture.Ensemble.Cut();
        fixture.World.Await(client.Exists("/a"));
        Assert.Empty(told.Events);
        Assert.Equal(1, fixture.Ensemble.WatchesSetAgain);
    }

    [Fact]
    public void Many_watches_are_set_again_in_several_requests()
    {
        const int count = 5_000;
        var client = fixture.Open();
        var told = new ToldEvents(client, fixture.Loop);
        fixture.Ensemble.FrameMaxBytes = 200_000;
        var name = new string('n', 90);
        fixture.Run(() => Enumerable.Range(0, count).Select(number => client.Exists($"/{name}{number}", watch: true)).InOrder());
        fixture.Ensemble.Cut();
        fixture.World.Await(client.Exists("/"));
        Assert.Equal(count, fixture.Ensemble.WatchesSetAgain);
        for (var number = 0; number < count; number++)
            fixture.Ensemble.Apply(new ZkOp.Create($"/{name}{number}", null));
        fixture.World.RunUntil(() => told.Events.Count == count);
    }

    [Fact]
    public void An_expired_session_has_no_watches()
    {
        var client = fixture.Open();
        var told = new ToldEvents(client, fixture.Loop);
        fixture.World.Await(client.Exists("/a", watch: true));
        fixture.Ensemble.Expire(client.SessionId);
        fixture.World.RunUntil(() => told.SessionEvents.Any(told => told.Kind == ZkSessionEventKind.Connected));
        fixture.Create(client, "/a");
        fixture.World.RunUntilIdle();
        Assert.Equal((0, 0), (told.Events.Count, fixture.Ensemble.WatchesSetAgain));
    }

    [Fact]
    public void A_node_that_has_gone_is_told_once_though_two_watches_were_on_it()
    {
        var watches = new ArmedWatches();
        watches.Arm(WatchKind.Data, "/a");
        watches.Arm(WatchKind.Children, "/a");
        var gone = new ZkEvent(ZkEventKind.Deleted, "/a");
        Assert.Equal((true, false), (watches.Take(gone), watches.Take(gone)));
    }
}
