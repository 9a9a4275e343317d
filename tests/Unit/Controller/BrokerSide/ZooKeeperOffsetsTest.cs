using KafkaCompatBroker.Controller.BrokerSide;

namespace KafkaCompatBroker.Tests.Unit.Controller.BrokerSide;

public sealed class ZooKeeperOffsetsTest
{
    private const string Path = "/consumers/g/offsets/orders/3";
    private static readonly TopicPartition partition = new("orders", 3);
    private readonly ClusterFixture cluster = new();
    private readonly ZooKeeperOffsets offsets;

    public ZooKeeperOffsetsTest() => offsets = new ZooKeeperOffsets(cluster.Admin);

    [Fact]
    public void An_offset_is_kept_as_decimal_text_where_the_oldest_clients_look_for_it()
    {
        Assert.Equal(KafkaError.None, Commit("g", 42));
        Assert.Equal("42"u8.ToArray(), cluster.World.Await(cluster.Admin.GetData(Path)).Data);
        Assert.Equal(42, Fetch("g"));
    }

    [Fact]
    public void The_later_commit_counts()
    {
        Commit("g", 42);
        Commit("g", 7);
        Assert.Equal(7, Fetch("g"));
    }

    [Fact]
    public void What_was_never_committed_or_is_no_number_is_no_offset()
    {
        Assert.Null(Fetch("g"));
        Commit("g", 1);
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.SetData(Path, "one"u8.ToArray())));
        Assert.Null(Fetch("g"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    public void A_group_whose_id_would_reach_into_other_znodes_is_refused(string groupId)
    {
        Assert.Equal(KafkaError.InvalidGroupId, Commit(groupId, 1));
        Assert.Null(Fetch(groupId));
        Assert.Empty(cluster.World.Await(cluster.Admin.GetChildren("/consumers")).Names);
    }

    [Fact]
    public void A_commit_that_ZooKeeper_did_not_take_is_an_error()
    {
        var lost = new ZooKeeperOffsets(new InterposedZooKeeper(cluster.Admin) { Failure = _ => ZkResult.ConnectionLoss });
        Assert.Equal(KafkaError.UnknownServerError, cluster.Ask(() => lost.Commit("g", partition, 1)));
    }

    private KafkaError Commit(string groupId, long offset) => cluster.Ask(() => offsets.Commit(groupId, partition, offset));

    private long? Fetch(string groupId) => cluster.Ask(() => offsets.Fetch(groupId, partition));
}
