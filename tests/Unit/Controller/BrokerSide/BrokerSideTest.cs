using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Tests.Unit.Controller.BrokerSide;

/// <summary>What every broker does for coordination, controller or not.</summary>
public class BrokerSideTest
{
    private static readonly BrokerInfo one = ClusterFixture.Info(1);
    private static readonly BrokerInfo two = ClusterFixture.Info(2);

    private readonly ClusterFixture cluster = new();

    [Fact]
    public void A_registration_has_version_1_and_its_czxid_is_the_broker_epoch()
    {
        var outcome = cluster.Ask(() => Registration().Register(one));
        var data = cluster.World.Await(cluster.Admin.GetData("/brokers/ids/1"));
        Assert.Equal((1, outcome.Epoch.Value), (data.Stat!.Version, data.Stat.Czxid));
        Assert.Equal(cluster.Admin.SessionId, data.Stat.EphemeralOwner);
        // Asked again, as after a lost answer, it is the same one.
        Assert.Equal(outcome, cluster.Ask(() => Registration().Register(one)));
    }

    [Fact]
    public void An_id_or_an_address_of_another_living_broker_is_refused()
    {
        var other = cluster.World.Await(cluster.Store.OpenSession());
        Assert.True(cluster.Ask(() => new BrokerRegistration(other, cluster.World.Time).Register(one)).IsRegistered);
        var elsewhere = cluster.Ask(() => Registration().Register(one with { Endpoints = two.Endpoints }));
        Assert.Contains("id 1 is registered by a broker at host1:9092", elsewhere.Refusal, StringComparison.Ordinal);
        Assert.False(elsewhere.IsPerhapsOwn);
        Assert.True(cluster.Ask(() => Registration().Register(one)).IsPerhapsOwn);
        Assert.Contains(
            "broker 1 is registered with host1:9092",
            cluster.Ask(() => Registration().FindAddressInUse(two with { Endpoints = one.Endpoints })), StringComparison.Ordinal);
        Assert.Null(cluster.Ask(() => Registration().FindAddressInUse(one)));
        cluster.World.Await(other.Close());
        Assert.True(cluster.Ask(() => Registration().Register(one)).IsRegistered);
    }

    [Fact]
    public void A_registration_of_a_session_of_this_process_that_is_over_is_replaced_and_never_adopted()
    {
        // As an ensemble leaves it behind: ZOOKEEPER-2985.
        var former = cluster.World.Await(cluster.Store.OpenSession());
        var left = cluster.Ask(() => new BrokerRegistration(former, cluster.World.Time).Register(one));
        var outcome = cluster.Ask(() => Registration().Register(one, [former.SessionId]));
        Assert.True(outcome.IsRegistered && outcome.Epoch.Value > left.Epoch.Value);
        var data = cluster.World.Await(cluster.Admin.GetData("/brokers/ids/1"));
        Assert.Equal(cluster.Admin.SessionId, data.Stat!.EphemeralOwner);
    }

    [Fact]
    public void The_cluster_id_is_made_once()
    {
        Assert.Null(cluster.Ask(() => Registration().FindClusterId()));
        var first = cluster.Ask(() => Registration().CreateClusterId(new Random(1)));
        Assert.True(TopicId.TryParse(first, out _));
        Assert.Equal(first, cluster.Ask(() => Registration().CreateClusterId(new Random(2))));
        Assert.Equal(first, cluster.Ask(() => Registration().FindClusterId()));
    }

    [Fact]
    public void Generated_broker_ids_begin_behind_the_reserved_ones()
    {
        Assert.Equal(1001, cluster.Ask(() => Registration().GenerateBrokerId(1000)).Value);
        Assert.Equal(1002, cluster.Ask(() => Registration().GenerateBrokerId(1000)).Value);
    }

    [Fact]
    public void Producer_id_blocks_never_overlap()
    {
        var other = cluster.World.Await(cluster.Store.OpenSession());
        var blocks = cluster.Ask(() => Task.WhenAll(Enumerable.Range(0, 20)
            .Select(number => new ProducerIdBlocks(number % 2 == 0 ? cluster.Admin : other).Allocate(new BrokerId(number % 2)))));
        Assert.Equal(
            Enumerable.Range(0, 20).Select(number => new ProducerIdBlock(number * 1000, (number * 1000) + 999)),
            blocks.Select(block => block!.Value).OrderBy(block => block.FirstProducerId));
    }

    [Fact]
    public void A_topic_is_created_once_and_its_config_before_it()
    {
        var assignment = ClusterFixture.Assignment(TopicId.Create(new Random(1)), [[1]]);
        Assert.Equal(KafkaError.None, cluster.Ask(() => cluster.Topics.Create("orders", assignment, Config("1000"))));
        Assert.Equal(KafkaError.TopicAlreadyExists, cluster.Ask(() => cluster.Topics.Create("orders", assignment, Config("5"))));
        Assert.Equal("1000", cluster.Ask(() => cluster.Topics.Config("orders"))["retention.ms"]);
        var config = cluster.World.Await(cluster.Admin.Exists(ZnodePaths.TopicConfig("orders"))).Stat!;
        var topic = cluster.World.Await(cluster.Admin.Exists(ZnodePaths.Topic("orders"))).Stat!;
        Assert.True(config.Czxid < topic.Czxid);
    }

    private static Dictionary<string, string> Config(string retentionMs) => new() { ["retention.ms"] = retentionMs };

    private BrokerRegistration Registration() => new(cluster.Admin, cluster.World.Time);
}
