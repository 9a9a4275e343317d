using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Tests.Unit.Controller.Znodes;

public sealed class ZooKeeperExtensionsTest
{
    private readonly ClusterFixture cluster = new();

    [Fact]
    public void A_node_is_made_with_the_parents_it_lacks_and_only_once()
    {
        Assert.Equal(ZkResult.Ok, cluster.Ask(() => cluster.Admin.CreateRecursive("/a/b/c", "x"u8.ToArray())));
        Assert.Equal("x"u8.ToArray(), cluster.World.Await(cluster.Admin.GetData("/a/b/c")).Data);
        Assert.Null(cluster.World.Await(cluster.Admin.GetData("/a/b")).Data);
        Assert.Equal(ZkResult.NodeExists, cluster.Ask(() => cluster.Admin.CreateRecursive("/a/b/c", null)));
    }

    [Fact]
    public void A_write_makes_the_node_where_it_lacks_and_the_last_writer_wins()
    {
        Assert.Equal(ZkResult.Ok, cluster.Ask(() => cluster.Admin.SetOrCreate("/a/b", "1"u8.ToArray())));
        Assert.Equal(ZkResult.Ok, cluster.Ask(() => cluster.Admin.SetOrCreate("/a/b", "2"u8.ToArray())));
        Assert.Equal("2"u8.ToArray(), cluster.World.Await(cluster.Admin.GetData("/a/b")).Data);
    }

    [Fact]
    public void What_is_absent_reads_as_nothing_and_a_lost_session_is_thrown()
    {
        Assert.Empty(cluster.Ask(() => cluster.Admin.Names("/absent")));
        Assert.Null(cluster.Ask(() => cluster.Admin.Read("/absent")).Stat);
        var lost = new InterposedZooKeeper(cluster.Admin) { Failure = _ => ZkResult.SessionExpired };
        Assert.Throws<ZooKeeperFailed>(() => cluster.Ask(() => lost.Names("/absent")));
        Assert.Throws<ZooKeeperFailed>(() => cluster.Ask(() => lost.Read("/absent")));
    }
}
