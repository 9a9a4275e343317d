using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Tests.Unit.Controller.Znodes;

public sealed class EpochGuardedWritesTest
{
    private readonly ClusterFixture cluster = new();
    private readonly InterposedZooKeeper zooKeeper;
    private readonly EpochGuardedWrites writes;

    public EpochGuardedWritesTest()
    {
        zooKeeper = new InterposedZooKeeper(cluster.Admin);
        writes = new EpochGuardedWrites(zooKeeper, epochZkVersion: 0);
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.Create(ZnodePaths.ControllerEpoch, "1"u8.ToArray())));
    }

    [Fact]
    public void Nothing_is_written_once_the_controller_epoch_has_gone_on()
    {
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.SetData(ZnodePaths.ControllerEpoch, "2"u8.ToArray())));
        Assert.Throws<ControllerMoved>(() => cluster.Ask(() => writes.Apply(new ZkOp.Create("/node", null))));
        Assert.False(cluster.Exists("/node"));
    }

    [Fact]
    public void Of_operations_that_go_together_the_one_that_failed_says_why_and_none_is_done()
    {
        var result = cluster.Ask(() => writes.Apply(new ZkOp.Create("/node", null), new ZkOp.Delete("/absent")));
        Assert.Equal(ZkResult.NoNode, result.Result);
        Assert.False(cluster.Exists("/node"));
    }

    [Fact]
    public void A_node_is_deleted_with_all_below_it_also_with_what_is_put_there_meanwhile()
    {
        foreach (var path in (string[])["/top", "/top/a", "/top/a/b", "/top/c"])
            cluster.Run(() => cluster.Admin.Apply(new ZkOp.Create(path, null)));
        zooKeeper.BeforeMulti = () => cluster.Admin.Apply(new ZkOp.Create("/top/late", null));
        cluster.Run(() => writes.DeleteRecursive("/top"));
        Assert.False(cluster.Exists("/top"));
        cluster.Run(() => writes.DeleteRecursive("/top"));
    }

    [Fact]
    public void What_only_a_lost_session_explains_is_thrown()
    {
        zooKeeper.Failure = _ => ZkResult.ConnectionLoss;
        var failed = Assert.Throws<ZooKeeperFailed>(() => cluster.Ask(() => writes.Apply(new ZkOp.Create("/node", null))));
        Assert.Equal(ZkResult.ConnectionLoss, failed.Result);
    }
}
