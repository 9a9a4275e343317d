using System.Text;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Tests.Unit.Controller.BrokerSide;

public sealed class ConfigStoreTest
{
    private readonly ClusterFixture cluster = new();

    [Fact]
    public void A_change_writes_the_entitys_node_and_then_a_notification_that_names_it()
    {
        var store = new ConfigStore(cluster.Admin);
        Assert.True(Write(store, ConfigEntity.AllBrokers, "1"));
        Assert.Equal("""{"version":1,"config":{"log.retention.ms":"1"}}""", Data("/config/brokers/<default>"));
        Assert.Equal(
            """{"version":2,"entity_path":"brokers/<default>"}""", Data(ZnodePaths.ConfigChangePrefix + "0000000000"));
        Assert.True(Write(store, ConfigEntity.Broker(new BrokerId(7)), "2"));
        Assert.Equal("""{"version":1,"config":{"log.retention.ms":"2"}}""", Data("/config/brokers/7"));
    }

    [Fact]
    public void Of_two_changes_made_from_the_same_settings_the_second_is_not_written()
    {
        var store = new ConfigStore(cluster.Admin);
        var nothing = cluster.Ask(() => store.Read(ConfigEntity.Topic("orders")));
        Assert.True(cluster.Ask(() => store.TryWrite(ConfigEntity.Topic("orders"), Config("1"), nothing)));
        Assert.False(cluster.Ask(() => store.TryWrite(ConfigEntity.Topic("orders"), Config("2"), nothing)));
        var first = cluster.Ask(() => store.Read(ConfigEntity.Topic("orders")));
        Assert.True(cluster.Ask(() => store.TryWrite(ConfigEntity.Topic("orders"), Config("3"), first)));
        Assert.False(cluster.Ask(() => store.TryWrite(ConfigEntity.Topic("orders"), Config("4"), first)));
        Assert.Equal("3", cluster.Ask(() => store.Read(ConfigEntity.Topic("orders"))).Settings["log.retention.ms"]);
        Assert.Equal(2, cluster.World.Await(cluster.Admin.GetChildren(ZnodePaths.ConfigChanges)).Names.Count);
    }

    private bool Write(ConfigStore store, ConfigEntity entity, string value) => cluster.Ask(
        async () => (await store.TryWrite(entity, Config(value), await store.Read(entity))) ? "written" : "") == "written";

    private string Data(string path) => Encoding.UTF8.GetString(cluster.World.Await(cluster.Admin.GetData(path)).Data!);

    private static Dictionary<string, string> Config(string value) => new() { ["log.retention.ms"] = value };
}
