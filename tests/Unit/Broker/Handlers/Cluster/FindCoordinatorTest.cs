using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Handlers.Cluster;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Coordinators.Transactions;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Cluster;

public sealed class FindCoordinatorTest
{
    private readonly AdminFixture admin = new(
        1, ("offsets.topic.replication.factor", "1"), ("offsets.topic.num.partitions", "3"),
        ("transaction.state.log.replication.factor", "1"), ("transaction.state.log.num.partitions", "2"),
        ("transaction.state.log.min.isr", "1"));
    private readonly FindCoordinatorHandler handler;

    public FindCoordinatorTest()
    {
        var world = admin.Cluster.World;
        var options = BrokerConfig.Parse(new Dictionary<string, string>()).ToGroupOptions(1L << 30);
        var groups = new GroupCoordinator(options, 3, world.Loops, NoLog.Instance, world.NewRandom());
        var transactions = new TransactionBench(partitionCount: 2).Coordinator;
        handler = new FindCoordinatorHandler(groups, transactions, admin.Metadata, admin.AutoCreation);
    }

    [Fact]
    public void The_first_question_makes_the_topic_and_the_next_is_answered_with_the_leader()
    {
        Assert.Equal(KafkaError.CoordinatorNotAvailable, Find("g").ErrorCode);
        admin.Settle();
        var found = Find("g");
        Assert.Equal((KafkaError.None, "NONE"), (found.ErrorCode, found.ErrorMessage));
        Assert.Equal((1, "host1", 9092), (found.NodeId, found.Host, found.Port));
        Assert.True(admin.Metadata.Image.HasLeaders("__consumer_offsets", 3));
    }

    [Fact]
    public void Several_groups_are_found_with_one_request()
    {
        Find("g");
        admin.Settle();
        var found = admin.Ask(handler, new FindCoordinatorRequest { Batched = true, CoordinatorKeys = ["a", "b"] }).Coordinators;
        Assert.Equal(
            [("a", 1, ""), ("b", 1, "")],
            found.Select(coordinator => (coordinator.Key, coordinator.NodeId, coordinator.ErrorMessage)));
    }

    [Fact]
    public void A_client_whose_listener_the_leader_lacks_is_told_to_come_back()
    {
        Find("g");
        admin.Settle();
        admin.Listener = "OTHER";
        Assert.Equal((KafkaError.CoordinatorNotAvailable, -1), (Find("g").ErrorCode, Find("g").NodeId));
    }

    [Fact]
    public void A_transactional_ids_coordinator_leads_its_partition_of_the_other_topic()
    {
        Assert.Equal(KafkaError.CoordinatorNotAvailable, Find("t", keyType: 1).ErrorCode);
        admin.Settle();
        Assert.Equal((KafkaError.None, 1), (Find("t", keyType: 1).ErrorCode, Find("t", keyType: 1).NodeId));
        Assert.True(admin.Metadata.Image.HasLeaders("__transaction_state", 2));
        Assert.False(admin.Metadata.Image.TryGetTopic("__consumer_offsets", out _));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public void A_coordinator_that_is_not_built_or_does_not_exist_is_an_invalid_request(sbyte keyType)
        => Assert.Equal(KafkaError.InvalidRequest, Find("key", keyType).ErrorCode);

    private FindCoordinatorResponse Find(string key, sbyte keyType = 0)
        => admin.Ask(handler, new FindCoordinatorRequest { Key = key, KeyType = keyType });
}
