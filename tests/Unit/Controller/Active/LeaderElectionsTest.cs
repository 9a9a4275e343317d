using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Tests.Unit.Controller.Active;

/// <summary>Elections that are asked for, and those that come by themselves. KIP-460.</summary>
public class LeaderElectionsTest
{
    [Fact]
    public void The_preferred_replica_takes_the_lead_back_when_asked()
    {
        var cluster = WithAnotherLeader();
        var result = Elect(cluster, ElectionType.Preferred, ("orders", 0))[0];
        Assert.Equal((2, KafkaError.None), (result.Leader.Value, result.Error));
        Assert.Equal(2, cluster.StateOf("orders", 0).Leader.Value);
        Assert.Equal(2, cluster.Brokers[3].KnownLeader("orders", 0));
        Assert.Equal(KafkaError.ElectionNotNeeded, Elect(cluster, ElectionType.Preferred, ("orders", 0))[0].Error);
    }

    [Fact]
    public void A_preferred_replica_that_is_not_in_sync_does_not_lead()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [2, 1]);
        cluster.KillBroker(2);
        cluster.StartBroker(2);
        var result = Elect(cluster, ElectionType.Preferred, ("orders", 0))[0];
        Assert.Equal(KafkaError.PreferredLeaderNotAvailable, result.Error);
        Assert.Equal(1, cluster.StateOf("orders", 0).Leader.Value);
    }

    [Fact]
    public void A_partition_without_a_leader_gets_one_once_unclean_elections_are_allowed_for_its_topic_or_for_all()
    {
        var cluster = ClusterFixture.Of(3);
        foreach (var topic in (string[])["orders", "other", "third"])
            cluster.CreateTopic(topic, [2, 3]);
        cluster.KillBroker(3);
        cluster.KillBroker(2);
        cluster.StartBroker(3);
        var controller = cluster.Brokers[1].Controller!;

        cluster.Run(() => cluster.Admin.Apply(new ZkOp.SetData(
            ZnodePaths.TopicConfig("orders"),
            ConfigJson.Encode(new Dictionary<string, string> { ["unclean.leader.election.enable"] = "true" }))));
        controller.EnableUncleanLeaderElection("orders");
        controller.EnableUncleanLeaderElection("third");
        cluster.World.RunUntilIdle();
        Assert.Equal((3, -1, -1), (Leader("orders"), Leader("other"), Leader("third")));

        cluster.UncleanLeaderElectionEnable = true;
        controller.EnableUncleanLeaderElection("third");
        cluster.World.RunUntilIdle();
        Assert.Equal((-1, 3), (Leader("other"), Leader("third")));
        controller.EnableUncleanLeaderElection(null);
        cluster.World.RunUntilIdle();
        Assert.Equal(3, Leader("other"));

        int Leader(string topic) => cluster.StateOf(topic, 0).Leader.Value;
    }

    [Fact]
    public void A_leader_from_outside_the_isr_is_elected_only_when_that_is_asked_for()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [2, 3]);
        cluster.KillBroker(3);
        cluster.KillBroker(2);
        Assert.Equal(KafkaError.EligibleLeadersNotAvailable, Elect(cluster, ElectionType.Unclean, ("orders", 0))[0].Error);
        cluster.StartBroker(3);
        Assert.Equal(-1, cluster.StateOf("orders", 0).Leader.Value);
        Assert.Equal(KafkaError.PreferredLeaderNotAvailable, Elect(cluster, ElectionType.Preferred, ("orders", 0))[0].Error);
        Assert.Equal(3, Elect(cluster, ElectionType.Unclean, ("orders", 0))[0].Leader.Value);
        var state = cluster.StateOf("orders", 0);
        Assert.Equal((3, LeaderRecoveryState.Recovering), (state.Leader.Value, state.RecoveryState));
        Assert.Equal(KafkaError.ElectionNotNeeded, Elect(cluster, ElectionType.Unclean, ("orders", 0))[0].Error);
    }

    [Fact]
    public void Unknown_partitions_and_topics_that_are_being_deleted_are_refused()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("going", [2]);
        cluster.KillBroker(2);
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.Create(ZnodePaths.DeleteTopic("going"), null)));
        Assert.Equal(
            [KafkaError.UnknownTopicOrPartition, KafkaError.InvalidTopicException],
            Elect(cluster, ElectionType.Preferred, ("unknown", 0), ("going", 0)).Select(result => result.Error));
        Assert.Null(cluster.Ask(() => cluster.StartBroker(3).Controller!.ElectLeaders([], ElectionType.Preferred)));
    }

    [Fact]
    public void What_a_tool_asks_for_in_zookeeper_is_done_and_taken_away()
    {
        var cluster = WithAnotherLeader();
        Write(cluster, "orders", "unknown");
        Assert.Equal(2, cluster.StateOf("orders", 0).Leader.Value);
        Assert.False(cluster.Exists(ZnodePaths.PreferredElection));

        // The next request is heard too.
        cluster.KillBroker(2);
        cluster.StartBroker(2);
        cluster.ChangeIsr("orders", 0, 1, 2);
        Write(cluster, "orders");
        Assert.Equal(2, cluster.StateOf("orders", 0).Leader.Value);
    }

    [Fact]
    public void A_request_that_waits_in_zookeeper_is_done_by_the_next_controller()
    {
        var cluster = WithAnotherLeader();
        cluster.World.Await(cluster.Brokers[3].Session.Close());
        cluster.Brokers[3].IsDead = true;
        cluster.Brokers.Remove(3);
        Write(cluster, "orders");
        cluster.World.RunUntilIdle();
        Assert.Equal(2, cluster.StateOf("orders", 0).Leader.Value);
        Assert.False(cluster.Exists(ZnodePaths.PreferredElection));
    }

    [Fact]
    public void Leaders_come_back_by_themselves_where_too_many_are_away()
    {
        var cluster = new ClusterFixture { LeaderBalance = new LeaderBalanceOptions(TimeSpan.FromSeconds(300), PerBrokerPercentage: 10) };
        foreach (var id in (int[])[1, 2])
            cluster.StartBroker(id);
        cluster.CreateTopic("orders", [2, 1], [1, 2]);
        cluster.World.Advance(TimeSpan.FromSeconds(6));
        cluster.KillBroker(2);
        cluster.StartBroker(2);
        cluster.ChangeIsr("orders", 0, 1, 2);
        cluster.World.Advance(TimeSpan.FromSeconds(280));
        Assert.Equal(1, cluster.StateOf("orders", 0).Leader.Value);
        cluster.World.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(2, cluster.StateOf("orders", 0).Leader.Value);
        Assert.Equal(1, cluster.StateOf("orders", 1).Leader.Value);
    }

    [Fact]
    public void Few_leaders_that_are_away_stay_away()
    {
        var cluster = new ClusterFixture { LeaderBalance = new LeaderBalanceOptions(TimeSpan.FromSeconds(300), PerBrokerPercentage: 50) };
        foreach (var id in (int[])[1, 2])
            cluster.StartBroker(id);
        cluster.CreateTopic("orders", [2, 1], [2]);
        cluster.KillBroker(2);
        cluster.StartBroker(2);
        cluster.ChangeIsr("orders", 0, 1, 2);
        cluster.World.Advance(TimeSpan.FromSeconds(400));
        Assert.Equal((1, 2), (cluster.StateOf("orders", 0).Leader.Value, cluster.StateOf("orders", 1).Leader.Value));
    }

    /// <summary>The leader of orders-0 is broker 1, though broker 2 is preferred and in sync; broker 3 is controller.</summary>
    private static ClusterFixture WithAnotherLeader()
    {
        var cluster = new ClusterFixture();
        foreach (var id in (int[])[3, 1, 2])
            cluster.StartBroker(id);
        cluster.CreateTopic("orders", [2, 1]);
        cluster.KillBroker(2);
        cluster.StartBroker(2);
        cluster.ChangeIsr("orders", 0, 1, 2);
        Assert.Equal(1, cluster.StateOf("orders", 0).Leader.Value);
        return cluster;
    }

    private static ElectionResult[] Elect(ClusterFixture cluster, ElectionType type, params (string Topic, int Partition)[] asked)
    {
        TopicPartition[] partitions = [.. asked.Select(name => new TopicPartition(name.Topic, name.Partition))];
        var results = cluster.Ask(() => cluster.Active.Controller!.ElectLeaders(partitions, type))!;
        cluster.World.RunUntilIdle();
        return [.. partitions.Select(partition => results[partition])];
    }

    private static void Write(ClusterFixture cluster, params string[] topics)
        => cluster.Run(() => cluster.Admin.Apply(new ZkOp.Create(
            ZnodePaths.PreferredElection, PartitionListJson.Encode(topics.Select(topic => new TopicPartition(topic, 0))))));
}
