using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.Controller.Znodes;

public sealed class ZnodeWatchersTest
{
    private readonly ClusterFixture cluster = new();
    private readonly EmbeddedSession session;
    private readonly ILoop loop;
    private readonly ZnodeWatchers watchers;
    private readonly List<string> events = [];

    public ZnodeWatchersTest()
    {
        session = cluster.World.Await(cluster.Store.OpenSession());
        loop = cluster.World.Loops.Create("coordination");
        watchers = new ZnodeWatchers(session, loop);
    }

    [Fact]
    public void An_event_goes_to_who_registered_for_its_path_and_to_nobody_once_that_is_forgotten()
    {
        OnLoop(() =>
        {
            watchers.OnNode("/node", zkEvent => events.Add($"{zkEvent.Kind} {zkEvent.Path}"));
            watchers.OnChildren("/", () => events.Add("children"));
        });
        Arm();
        Create("/node");
        Assert.Equal(["Created /node", "children"], events.Order(StringComparer.Ordinal));
        OnLoop(() =>
        {
            watchers.ForgetNode("/node");
            watchers.ForgetChildren("/");
        });
        Arm();
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.Delete("/node")));
        Assert.Equal(2, events.Count);
    }

    [Fact]
    public void Everybody_hears_that_the_session_has_expired()
    {
        OnLoop(() =>
        {
            watchers.OnSessionBegun(id => events.Add($"begun {id}"));
            watchers.OnConnectedOrNot(isConnected => events.Add($"connected {isConnected}"));
            watchers.OnSessionExpired(id => events.Add($"first {id}"));
            watchers.OnSessionExpired(id => events.Add($"second {id}"));
        });
        var former = session.SessionId;
        cluster.Run(() => cluster.Store.Expire(session));
        Assert.Equal([$"first {former}", $"second {former}", $"begun {session.SessionId}", "connected True"], events);
    }

    [Fact]
    public void Registering_from_another_loop_fails()
    {
        Assert.Throws<InvariantViolation>(() => watchers.OnNode("/node", _ => { }));
        Assert.Throws<InvariantViolation>(() => watchers.OnChildren("/", () => { }));
        Assert.Throws<InvariantViolation>(() => watchers.OnSessionExpired(_ => { }));
        Assert.Throws<InvariantViolation>(() => watchers.ForgetNode("/node"));
        Assert.Throws<InvariantViolation>(() => watchers.ForgetChildren("/"));
    }

    private void OnLoop(Action action) => cluster.World.Await(loop.Ask(() =>
    {
        action();
        return true;
    }));

    private void Arm()
    {
        cluster.World.Await(session.Exists("/node", watch: true));
        cluster.World.Await(session.GetChildren("/", watch: true));
    }

    private void Create(string path) => cluster.Run(() => cluster.Admin.Apply(new ZkOp.Create(path, null)));
}
