using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Controller.States;

public class LeadershipTest
{
    [Fact]
    public void A_new_topic_gets_leaders_and_every_broker_hears_of_it()
    {
        var cluster = ClusterFixture.Of(3);
        var topicId = cluster.CreateTopic("orders", [2, 3], [3, 1]);
        var state = cluster.StateOf("orders", 0);
        Assert.Equal((2, 0, 1, 0), (state.Leader.Value, state.LeaderEpoch.Value, state.ControllerEpoch.Value, state.PartitionEpoch.Value));
        Assert.Equal([2, 3], Values(state.Isr));
        var told = cluster.Brokers[3].LeaderAndIsrs.Single();
        Assert.Equal(topicId, Assert.Single(told.TopicStates).TopicId);
        Assert.Equal([0, 1], told.TopicStates[0].PartitionStates.Select(partition => partition.PartitionIndex).Order());
        Assert.All(told.TopicStates[0].PartitionStates, partition => Assert.True(partition.IsNew));
        Assert.Equal(cluster.Brokers[3].Epoch.Value, told.BrokerEpoch);
        Assert.Equal([(2, "host2"), (3, "host3")], told.LiveLeaders.Select(leader => (leader.BrokerId, leader.HostName)).Order());
        Assert.All(
            cluster.Brokers.Values, broker => Assert.Equal((2, 3), (broker.KnownLeader("orders", 0), broker.KnownLeader("orders", 1))));
    }

    [Fact]
    public void A_broker_hears_whom_to_follow_before_the_metadata()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.Brokers[2].Requests.Clear();
        cluster.CreateTopic("orders", [1, 2]);
        Assert.Equal(
            [typeof(LeaderAndIsrRequest), typeof(UpdateMetadataRequest)], cluster.Brokers[2].Requests.Select(request => request.GetType()));
    }

    [Fact]
    public void A_replica_that_is_away_is_neither_leader_nor_in_sync()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("orders", [9, 2, 1]);
        var state = cluster.StateOf("orders", 0);
        Assert.Equal(2, state.Leader.Value);
        Assert.Equal([2, 1], Values(state.Isr));
    }

    [Fact]
    public void A_partition_none_of_whose_brokers_is_up_waits_for_one()
    {
        var cluster = ClusterFixture.Of(1);
        cluster.CreateTopic("orders", [2]);
        Assert.False(cluster.Exists(ZnodePaths.State(new TopicPartition("orders", 0))));
        cluster.StartBroker(2);
        Assert.Equal(2, cluster.StateOf("orders", 0).Leader.Value);
        Assert.True(cluster.Brokers[2].Told("orders", 0).IsNew);
    }

    [Fact]
    public void A_leaders_death_moves_the_lead_within_the_isr()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [3, 2, 1]);
        cluster.KillBroker(3);
        var state = cluster.StateOf("orders", 0);
        Assert.Equal((2, 1), (state.Leader.Value, state.LeaderEpoch.Value));
        Assert.Equal([2, 1], Values(state.Isr));
        Assert.Equal(2, cluster.Brokers[1].Told("orders", 0).Leader);
        Assert.Equal(2, cluster.Brokers[1].KnownLeader("orders", 0));
        Assert.False(cluster.Brokers[1].Told("orders", 0).IsNew);
    }

    [Fact]
    public void A_followers_death_takes_it_out_of_the_isr()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [1, 3]);
        cluster.KillBroker(3);
        var state = cluster.StateOf("orders", 0);
        Assert.Equal((1, 1), (state.Leader.Value, state.LeaderEpoch.Value));
        Assert.Equal([1], Values(state.Isr));
        Assert.Equal([1], cluster.Brokers[1].Told("orders", 0).Isr);
    }

    [Fact]
    public void The_last_in_sync_replica_stays_in_the_isr_and_leads_again_when_back()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("orders", [2]);
        cluster.KillBroker(2);
        Assert.Equal(-1, cluster.StateOf("orders", 0).Leader.Value);
        Assert.Equal([2], Values(cluster.StateOf("orders", 0).Isr));
        Assert.Equal(-1, cluster.Brokers[1].KnownLeader("orders", 0));
        cluster.StartBroker(2);
        Assert.Equal(2, cluster.StateOf("orders", 0).Leader.Value);
        Assert.Equal(2, cluster.Brokers[1].KnownLeader("orders", 0));
    }

    [Fact]
    public void Only_a_topic_that_allows_it_takes_a_leader_from_outside_the_isr()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("clean", [2, 3]);
        cluster.CreateTopic("unclean", [2, 3]);
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.SetData(
            ZnodePaths.TopicConfig("unclean"), ConfigJson.Encode(
                new Dictionary<string, string> { ["unclean.leader.election.enable"] = "true" }))));
        cluster.KillBroker(3);
        cluster.KillBroker(2);
        cluster.StartBroker(3);
        Assert.Equal(-1, cluster.StateOf("clean", 0).Leader.Value);
        var state = cluster.StateOf("unclean", 0);
        Assert.Equal((3, LeaderRecoveryState.Recovering), (state.Leader.Value, state.RecoveryState));
        Assert.Equal([3], Values(state.Isr));
        Assert.Equal(1, cluster.Brokers[3].Told("unclean", 0).LeaderRecoveryState);
    }

    [Fact]
    public void A_replica_on_a_failed_log_dir_loses_the_lead()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.Brokers[2].FailedPartitions.Add(0);
        cluster.CreateTopic("orders", [2, 1], [2, 1]);
        Assert.Equal((1, 2), (cluster.StateOf("orders", 0).Leader.Value, cluster.StateOf("orders", 1).Leader.Value));
        Assert.Equal([1], Values(cluster.StateOf("orders", 0).Isr));
        var offline = cluster.Brokers[1].UpdateMetadatas.SelectMany(
            request => request.TopicStates).SelectMany(topic => topic.PartitionStates).Last(partition => partition.PartitionIndex == 0);
        Assert.Equal([2], offline.OfflineReplicas);
    }

    [Fact]
    public void A_broker_that_tells_of_a_lost_log_dir_is_asked_for_all_its_replicas_and_loses_the_lead_of_those_in_it()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("orders", [2, 1], [2, 1]);
        cluster.Brokers[2].FailedPartitions.Add(0);
        cluster.Run(() => LogDirEvents.Notify(cluster.Brokers[2].Session, new BrokerId(2)));
        Assert.Equal((1, 2), (cluster.StateOf("orders", 0).Leader.Value, cluster.StateOf("orders", 1).Leader.Value));
        Assert.Equal(1, cluster.Brokers[1].KnownLeader("orders", 0));
        Assert.Empty(cluster.World.Await(cluster.Admin.GetChildren(ZnodePaths.LogDirEvents)).Names);

        // The next one is heard too.
        cluster.Brokers[2].FailedPartitions.Add(1);
        cluster.Run(() => LogDirEvents.Notify(cluster.Brokers[2].Session, new BrokerId(2)));
        Assert.Equal(1, cluster.Brokers[1].KnownLeader("orders", 1));
    }

    [Fact]
    public void Requests_that_fail_on_the_way_are_sent_again_in_order()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.Brokers[2].Requests.Clear();
        cluster.Brokers[2].FailingSends = 5;
        cluster.CreateTopic("first", [2]);
        cluster.CreateTopic("second", [2]);
        Assert.Empty(cluster.Brokers[2].Requests);
        cluster.World.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["first", "second"], cluster.Brokers[2].LeaderAndIsrs.Select(request => request.TopicStates[0].TopicName));
        Assert.Equal(2, cluster.Brokers[2].UpdateMetadatas.Count());
    }

    [Fact]
    public void After_a_restart_of_everything_leaders_and_epochs_are_as_before()
    {
        var cluster = ClusterFixture.Of(1);
        var topicId = cluster.CreateTopic("orders", [1], [1]);
        var before = cluster.StateOf("orders", 1);
        cluster.PowerLoss();
        cluster.StartBroker(1);
        Assert.Equal(before.ToString(), cluster.StateOf("orders", 1).ToString());
        var told = cluster.Brokers[1].LeaderAndIsrs.Single();
        Assert.Equal((2, topicId), (told.ControllerEpoch, told.TopicStates[0].TopicId));
        Assert.All(
            told.TopicStates[0].PartitionStates,
            partition => Assert.Equal((1, 0, false), (partition.Leader, partition.LeaderEpoch, partition.IsNew)));
        // Who is alive is known before whom to lead.
        Assert.IsType<UpdateMetadataRequest>(cluster.Brokers[1].Requests[0]);
        Assert.Empty(cluster.Brokers[1].UpdateMetadatas.First().TopicStates);
    }

    private static IEnumerable<int> Values(IEnumerable<BrokerId> ids) => ids.Select(id => id.Value);
}
