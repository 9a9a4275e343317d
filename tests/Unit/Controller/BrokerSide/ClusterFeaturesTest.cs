using System.Text;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Tests.Unit.Os;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.Controller.BrokerSide;

/// <summary>/feature, as the controller writes it and as brokers watch it.</summary>
public sealed class ClusterFeaturesTest
{
    private readonly ClusterFixture cluster = new();
    private readonly List<string> failures = [];
    private EmbeddedSession session = null!;
    private InterposedZooKeeper zooKeeper = null!;

    [Fact]
    public void Epoch_is_the_version_of_the_node_and_follows_it()
    {
        var features = Watch();
        Assert.Equal(ClusterFeatures.UnknownEpoch, features.Epoch);

        Write(Node(status: 1));
        Assert.Equal(0, features.Epoch);
        Write(Node(status: 1));
        Assert.Equal(1, features.Epoch);
        Write(Node(status: 0));
        Assert.Equal(ClusterFeatures.UnknownEpoch, features.Epoch);
        Write(Node(status: 1));
        Assert.Equal(3, features.Epoch);
        Write("nonsense");
        Assert.Equal(ClusterFeatures.UnknownEpoch, features.Epoch);
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.Delete(ZnodePaths.Feature)));
        Write(Node(status: 1));
        Assert.Equal(0, features.Epoch);
        Assert.Empty(failures);
    }

    [Fact]
    public void Node_that_was_there_before_is_read_and_so_is_what_changes_while_there_is_no_session()
    {
        Write(Node(status: 1));
        var features = Watch();
        Assert.Equal(0, features.Epoch);

        zooKeeper.Failure = path => path == ZnodePaths.Feature ? ZkResult.ConnectionLoss : null;
        Write(Node(status: 1));
        Assert.Equal(0, features.Epoch);
        zooKeeper.Failure = _ => null;
        cluster.Run(() => cluster.Store.Expire(session));

        Assert.Equal(1, features.Epoch);
    }

    [Fact]
    public void Broker_cannot_go_on_where_a_feature_is_finalized_that_it_does_not_support()
    {
        Watch();

        Write("""{"version":2,"status":1,"features":{"warp":{"max_version_level":3}}}""");

        Assert.Contains("warp at level 3", Assert.Single(failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Version_of_transactions_is_taken_over_as_far_as_it_is_known(short level)
    {
        var features = Watch();

        Write("""{"version":2,"status":1,"features":{"transaction.version":{"max_version_level":N}}}""".Replace("N", $"{level}"));

        Assert.Equal(level == 2 ? 2 : 0, features.Current.TransactionLevel);
        Assert.Equal(level == 2, failures.Count == 0);
        Write(Node(status: 1));
        Assert.Equal(0, features.Current.TransactionLevel);
    }

    [Fact]
    public void Brokers_of_a_protocol_without_features_do_not_look()
    {
        Write(Node(status: 1));

        Assert.Equal(ClusterFeatures.UnknownEpoch, Watch(protocol: "2.6-IV0").Epoch);
    }

    [Theory]
    [InlineData("3.9-IV0", """{"version":2,"status":1,"features":{}}""")]
    [InlineData("2.6-IV0", """{"version":1,"status":0,"features":{}}""")]
    public void Controller_writes_it_once_for_its_version(string protocol, string node)
    {
        cluster.InterBrokerProtocol = MetadataVersion.Of(protocol);
        cluster.StartBroker(1);
        Assert.Equal((node, 0), Read());

        cluster.KillBroker(1);
        cluster.StartBroker(2);
        Assert.Equal((node, 0), Read());
    }

    [Fact]
    public void Controller_of_another_version_changes_it()
    {
        cluster.InterBrokerProtocol = MetadataVersion.Of("2.6-IV0");
        cluster.StartBroker(1);
        cluster.KillBroker(1);
        cluster.InterBrokerProtocol = MetadataVersion.Latest;

        cluster.StartBroker(2);

        Assert.Equal((Node(status: 1), 1), Read());
    }

    private ClusterFeatures Watch(string protocol = "3.9-IV0")
    {
        session = cluster.World.Await(cluster.Store.OpenSession());
        zooKeeper = new InterposedZooKeeper(session);
        var loop = cluster.World.Loops.Create("coordination");
        var features = new ClusterFeatures(
            zooKeeper, new ZnodeWatchers(zooKeeper, loop), loop, MetadataVersion.Of(protocol), new RecordedLog(), failures.Add);
        cluster.Run(features.Start);
        return features;
    }

    private static string Node(int status) => $$$"""{"version":2,"status":{{{status}}},"features":{}}""";

    private void Write(string node)
        => cluster.Run(() => cluster.Admin.SetOrCreate(ZnodePaths.Feature, Encoding.UTF8.GetBytes(node)));

    private (string Node, int Version) Read()
    {
        var data = cluster.World.Await(cluster.Admin.GetData(ZnodePaths.Feature));
        return (Encoding.UTF8.GetString(data.Data!), data.Stat!.Version);
    }
}
