using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Topics;

/// <summary>What clients are answered of elections.</summary>
public class ElectLeadersTest
{
    [Fact]
    public void Partitions_named_are_answered_each_and_of_all_partitions_those_that_needed_an_election()
    {
        var admin = new AdminFixture(brokerCount: 3);
        admin.CreateAssigned("orders", (0, [2, 1]), (1, [1, 2]));
        MoveLeaderAway(admin);
        var named = Elect(admin, ("orders", [0, 1, 9]));
        Assert.Equal(
            [(0, KafkaError.None), (1, KafkaError.ElectionNotNeeded), (9, KafkaError.UnknownTopicOrPartition)],
            Assert.Single(named.ReplicaElectionResults).PartitionResult.Select(result => (result.PartitionId, result.ErrorCode)));
        Assert.Null(named.ReplicaElectionResults[0].PartitionResult[0].ErrorMessage);

        MoveLeaderAway(admin);
        var all = Elect(admin);
        Assert.Equal(0, Assert.Single(Assert.Single(all.ReplicaElectionResults).PartitionResult).PartitionId);
        Assert.Empty(Elect(admin).ReplicaElectionResults);
    }

    [Fact]
    public void An_election_that_this_broker_does_not_hear_of_times_out()
    {
        var admin = new AdminFixture(brokerCount: 3);
        admin.CreateAssigned("orders", (0, [2, 1]));
        MoveLeaderAway(admin);
        admin.IsDeaf = true;
        var result = Elect(admin, ("orders", [0])).ReplicaElectionResults[0].PartitionResult[0];
        Assert.Equal(KafkaError.RequestTimedOut, result.ErrorCode);
        Assert.Equal(2, admin.Cluster.StateOf("orders", 0).Leader.Value);
    }

    [Fact]
    public void Another_broker_than_the_controller_says_so_for_each_partition()
    {
        var admin = new AdminFixture { IsController = false };
        admin.Cluster.CreateTopic("orders", [1]);
        admin.Settle();
        var result = Assert.Single(Assert.Single(Elect(admin, ("orders", [0])).ReplicaElectionResults).PartitionResult);
        Assert.Equal(KafkaError.NotController, result.ErrorCode);
    }

    [Fact]
    public void A_kind_of_election_that_is_none_is_refused()
    {
        var admin = new AdminFixture();
        var response = admin.Ask(admin.ElectLeaders, new ElectLeadersRequest { ElectionType = 7, TimeoutMs = 1000, TopicPartitions = [] });
        Assert.Equal(KafkaError.UnknownServerError, response.ErrorCode);
    }

    /// <summary>Broker 1 leads orders-0 though broker 2 is preferred and in sync.</summary>
    private static void MoveLeaderAway(AdminFixture admin)
    {
        admin.Cluster.KillBroker(2);
        admin.Cluster.StartBroker(2);
        admin.Cluster.ChangeIsr("orders", 0, 1, 2);
        admin.Settle();
        Assert.Equal(1, admin.Cluster.StateOf("orders", 0).Leader.Value);
    }

    private static ElectLeadersResponse Elect(AdminFixture admin, params (string Topic, int[] Partitions)[] named)
        => admin.Ask(admin.ElectLeaders, new ElectLeadersRequest
        {
            TimeoutMs = 200,
            TopicPartitions = named.Length == 0 ? null : [.. named.Select(
                topic => new ElectLeadersRequest.TopicPartitionsData { Topic = topic.Topic, Partitions = [.. topic.Partitions] })],
        });
}
