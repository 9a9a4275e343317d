using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Controller.BrokerSide;

public sealed class ConfigChangesTest
{
    private readonly ClusterFixture cluster = new();
    private readonly RecordedLog log = new();
    private readonly InterposedZooKeeper zooKeeper;
    private readonly ILoop loop;
    private readonly List<string> applied = [];
    private Func<string, bool> hitsBug = _ => false;

    public ConfigChangesTest()
    {
        zooKeeper = new InterposedZooKeeper(cluster.Admin);
        loop = cluster.World.Loops.Create("coordination");
    }

    [Fact]
    public void Config_changes_reach_a_broker_and_those_of_before_are_applied_at_its_start()
    {
        cluster.Ask(() => cluster.Topics.Create("orders", ClusterFixture.Assignment(TopicId.Zero, [[1]]), Config("1")));
        Start();
        Assert.Equal(["orders 1"], applied);
        Change("2");
        Change("3");
        Assert.Equal(["orders 1", "orders 2", "orders 3"], applied);
        // What nobody can read is passed by.
        cluster.Run(() => cluster.Admin.Apply(
            new ZkOp.Create(ZnodePaths.ConfigChangePrefix, "nonsense"u8.ToArray(), ZkCreateMode.PersistentSequential)));
        Change("4");
        Assert.Equal("orders 4", applied[^1]);
    }

    [Fact]
    public void Settings_of_brokers_reach_each_broker_as_they_change_and_all_of_them_at_a_start()
    {
        foreach (var broker in (string[])["1", "<default>"])
            cluster.Run(() => cluster.Admin.CreateRecursive($"/config/brokers/{broker}", ConfigJson.Encode(Config("1"))));
        Start();
        Assert.Equal(["brokers/1 1", "brokers/<default> 1"], applied.Order());
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.SetData("/config/brokers/<default>", ConfigJson.Encode(Config("2")))));
        cluster.Run(() => ConfigStore.Notify(cluster.Admin, "brokers/<default>"));
        Assert.Equal("brokers/<default> 2", applied[^1]);
    }

    [Fact]
    public void Old_notifications_are_deleted()
    {
        Start();
        cluster.Run(() => ConfigStore.Notify(cluster.Admin, "topics/old"));
        cluster.World.Advance(TimeSpan.FromMinutes(16));
        cluster.Run(() => ConfigStore.Notify(cluster.Admin, "topics/new"));
        Assert.Equal(["config_change_0000000001"], cluster.World.Await(cluster.Admin.GetChildren(ZnodePaths.ConfigChanges)).Names);
    }

    [Fact]
    public void A_change_that_ZooKeeper_could_not_be_asked_about_is_applied_once_it_can()
    {
        cluster.Ask(() => cluster.Topics.Create("orders", ClusterFixture.Assignment(TopicId.Zero, [[1]]), Config("1")));
        Start();
        zooKeeper.Failure = path => path == ZnodePaths.TopicConfig("orders") ? ZkResult.ConnectionLoss : null;
        Change("2");
        Assert.Equal(["orders 1"], applied);
        zooKeeper.Failure = _ => null;
        cluster.Run(() => ConfigStore.Notify(cluster.Admin, "clients/c"));
        Assert.Equal(["orders 1", "orders 2"], applied);
    }

    [Fact]
    public void A_change_that_hits_a_bug_is_an_error_and_keeps_no_other_from_being_applied()
    {
        cluster.Ask(() => cluster.Topics.Create("orders", ClusterFixture.Assignment(TopicId.Zero, [[1]]), Config("1")));
        cluster.Ask(() => cluster.Topics.Create("bad", ClusterFixture.Assignment(TopicId.Zero, [[1]]), Config("1")));
        Start();
        applied.Clear();
        hitsBug = topic => topic == "bad";
        // One pass finds both.
        cluster.Run(() => cluster.Admin.Multi([Notification("topics/bad"), Notification("topics/orders")]));
        Assert.Equal(["orders 1"], applied);
        Assert.Single(log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_config_is_read_again_in_the_session_that_follows_one_that_has_expired()
    {
        cluster.Ask(() => cluster.Topics.Create("orders", ClusterFixture.Assignment(TopicId.Zero, [[1]]), Config("1")));
        Start();
        // Its notification has been deleted meanwhile, as each is after a while.
        cluster.Run(
            () => cluster.Admin.Apply(new ZkOp.SetData(ZnodePaths.TopicConfig("orders"), ConfigJson.Encode(Config("2")))));
        cluster.Run(() => cluster.Store.Expire(cluster.Admin));
        Assert.Equal(["orders 1", "orders 2"], applied);
        Change("3");
        Assert.Equal("orders 3", applied[^1]);
    }

    private void Start()
    {
        var changes = new ConfigChanges(
            zooKeeper, new ZnodeWatchers(cluster.Admin, loop), loop, cluster.World.Time, log, (entity, config) =>
            {
                if (hitsBug(entity.Name))
                    throw new InvalidOperationException("a bug");
                var name = entity.Type == ConfigEntity.Topics ? entity.Name : entity.Path;
                applied.Add($"{name} {config.GetValueOrDefault("retention.ms")}");
            });
        cluster.Run(changes.Start);
    }

    private void Change(string retentionMs)
    {
        cluster.Run(
            () => cluster.Admin.Apply(new ZkOp.SetData(ZnodePaths.TopicConfig("orders"), ConfigJson.Encode(Config(retentionMs)))));
        cluster.Run(() => ConfigStore.Notify(cluster.Admin, "topics/orders"));
    }

    private static ZkOp.Create Notification(string entityPath)
        => new(ZnodePaths.ConfigChangePrefix, ConfigChangeJson.Encode(entityPath), ZkCreateMode.PersistentSequential);

    private static Dictionary<string, string> Config(string retentionMs) => new() { ["retention.ms"] = retentionMs };
}
