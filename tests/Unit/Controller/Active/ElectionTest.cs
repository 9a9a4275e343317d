using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Tests.Unit.Controller.Active;

public class ElectionTest
{
    [Fact]
    public void The_first_controller_has_epoch_1_and_the_others_know_it()
    {
        var cluster = ClusterFixture.Of(3);
        Assert.Equal(1, cluster.Active.Info.Id.Value);
        Assert.All(cluster.Brokers.Values, broker => Assert.Equal(new BrokerId(1), broker.Controller!.ControllerId));
        Assert.Equal("1"u8.ToArray(), cluster.World.Await(cluster.Admin.GetData(ZnodePaths.ControllerEpoch)).Data);
    }

    [Fact]
    public void Of_brokers_that_stand_at_once_one_wins()
    {
        var winners = new HashSet<int>();
        for (var seed = 0; seed < 40; seed++)
        {
            var cluster = new ClusterFixture(seed);
            for (var id = 1; id <= 3; id++)
                cluster.Run((cluster.Brokers[id] = new FakeBroker(cluster, id)).Begin);
            cluster.Run(() => Task.WhenAll(cluster.Brokers.Values.Select(broker => broker.Stand())));
            winners.Add(cluster.Active.Info.Id.Value);
            Assert.All(cluster.Brokers.Values, broker => Assert.Equal(cluster.Active.Info.Id, broker.Controller!.ControllerId));
            Assert.Equal("1"u8.ToArray(), cluster.World.Await(cluster.Admin.GetData(ZnodePaths.ControllerEpoch)).Data);
        }
        Assert.True(winners.Count > 1);
    }

    [Fact]
    public void Another_broker_takes_over_when_the_controller_dies()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [1, 2]);
        cluster.KillBroker(1);
        Assert.NotEqual(1, cluster.Active.Info.Id.Value);
        var state = cluster.StateOf("orders", 0);
        // As in Kafka's takeover: first the dead leave the ISRs, then the leaderless get leaders, each a leader epoch.
        Assert.Equal((2, 2, 2), (state.Leader.Value, state.LeaderEpoch.Value, state.ControllerEpoch.Value));
        Assert.Equal(2, cluster.Brokers[2].Told("orders", 0).ControllerEpoch);
    }

    [Fact]
    public void A_controller_whose_session_expired_registers_anew_and_resigns()
    {
        var cluster = ClusterFixture.Of(2);
        var epoch = cluster.Brokers[1].Epoch;
        cluster.Run(() => cluster.Store.Expire(cluster.Brokers[1].Session));
        Assert.True(cluster.Brokers[1].Epoch.Value > epoch.Value);
        Assert.Equal(cluster.Active.Info.Id, cluster.Brokers[1].Controller!.ControllerId);
        Assert.Equal("2"u8.ToArray(), cluster.World.Await(cluster.Admin.GetData(ZnodePaths.ControllerEpoch)).Data);
        cluster.CreateTopic("orders", [1, 2]);
        Assert.Equal(cluster.Brokers[1].Epoch.Value, cluster.Brokers[1].LeaderAndIsrs.Last().BrokerEpoch);
    }

    [Fact]
    public void A_controller_whose_session_expired_resigns_at_once_and_what_it_had_begun_writes_nothing_more()
    {
        var cluster = ClusterFixture.Of(2);
        var (broker, hold) = (cluster.Brokers[1], new TaskCompletionSource());
        broker.ZooKeeper.BeforeMulti = () => hold.Task;
        cluster.CreateTopic("orders", [1, 2]);
        cluster.Run(() => cluster.Store.Expire(broker.Session));
        Assert.Equal(2, cluster.Active.Info.Id.Value);
        var state = cluster.StateOf("orders", 0);
        Assert.Equal(2, state.ControllerEpoch.Value);
        cluster.Run(() =>
        {
            hold.SetResult();
            return Task.CompletedTask;
        });
        Assert.Equal(new BrokerId(2), broker.Controller!.ControllerId);
        Assert.Equal(broker.Epoch.Value, cluster.World.Await(cluster.Admin.Exists(ZnodePaths.Broker(new BrokerId(1)))).Stat!.Czxid);
        Assert.Empty(cluster.Errors);
    }

    [Fact]
    public void A_broker_that_could_not_register_again_is_registered_once_it_can()
    {
        var cluster = ClusterFixture.Of(1);
        var broker = cluster.Brokers[1];
        var epoch = broker.Epoch;
        broker.ZooKeeper.Failure = path => path == ZnodePaths.Broker(new BrokerId(1)) ? ZkResult.ConnectionLoss : null;
        cluster.Run(() => cluster.Store.Expire(broker.Session));
        cluster.World.Advance(TimeSpan.FromSeconds(5));
        Assert.False(broker.Controller!.IsActive);
        broker.ZooKeeper.Failure = _ => null;
        cluster.World.Advance(TimeSpan.FromSeconds(2));
        Assert.True(broker.Epoch.Value > epoch.Value && broker.Controller.IsActive);
    }

    [Fact]
    public void A_controller_node_of_a_session_of_this_broker_that_is_over_is_no_controller()
    {
        // As an ensemble leaves it behind: ZOOKEEPER-2985.
        var cluster = new ClusterFixture();
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.Create(
            ZnodePaths.Controller, ControllerJson.Encode(new BrokerId(1), 0), ZkCreateMode.Ephemeral)));
        cluster.StartBroker(1);
        Assert.True(cluster.Brokers[1].Controller!.IsActive);
        Assert.Equal(
            cluster.Brokers[1].Session.SessionId,
            cluster.World.Await(cluster.Admin.Exists(ZnodePaths.Controller)).Stat!.EphemeralOwner);
    }

    [Fact]
    public void A_session_that_ends_between_registration_and_election_is_followed_by_both_in_the_next()
    {
        var cluster = new ClusterFixture();
        var broker = cluster.RegisterBroker(1);
        var (epoch, registeredIn) = (broker.Epoch, broker.ZooKeeper.InSession(broker.Session.SessionId));
        cluster.Run(() => cluster.Store.Expire(broker.Session));
        cluster.Run(() => broker.Controller!.Start(registeredIn));
        Assert.True(broker.Epoch.Value > epoch.Value && broker.Controller!.IsActive);
    }

    [Fact]
    public void A_controller_replaced_without_noticing_changes_nothing()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("orders", [2, 1]);
        var before = cluster.StateOf("orders", 0);
        // As after a long pause: another broker was elected, and the news of it has not come.
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.SetData(ZnodePaths.ControllerEpoch, "7"u8.ToArray())));
        cluster.KillBroker(2);
        Assert.Equal(before.ToString(), cluster.StateOf("orders", 0).ToString());
    }

    [Fact]
    public void A_cluster_that_one_broker_cannot_take_over_goes_to_another_at_once()
    {
        var cluster = new ClusterFixture();
        var first = cluster.RegisterBroker(1);
        first.ZooKeeper.Bug = IsFeature;
        cluster.Run(first.Stand);
        cluster.StartBroker(2);
        Assert.Equal(2, cluster.Active.Info.Id.Value);
        cluster.World.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(2, cluster.Active.Info.Id.Value);
        Assert.Equal(new BrokerId(2), first.Controller!.ControllerId);
    }

    [Fact]
    public void A_takeover_that_hit_a_bug_is_not_tried_again_without_a_pause_and_goes_well_when_the_bug_is_gone()
    {
        var cluster = new ClusterFixture();
        var broker = cluster.RegisterBroker(1);
        broker.ZooKeeper.Bug = IsFeature;
        cluster.Run(broker.Stand);
        Assert.False(broker.Controller!.IsActive);
        Assert.False(cluster.Exists(ZnodePaths.Controller));
        Assert.Equal("1"u8.ToArray(), cluster.World.Await(cluster.Admin.GetData(ZnodePaths.ControllerEpoch)).Data);
        Assert.Equal(2, cluster.Errors.Count());
        broker.ZooKeeper.Bug = _ => false;
        cluster.World.Advance(TimeSpan.FromSeconds(2));
        Assert.True(broker.Controller.IsActive);
    }

    [Fact]
    public void An_election_from_another_loop_fails()
    {
        var cluster = new ClusterFixture();
        var election = new Election(cluster.Admin, new BrokerId(1), cluster.World.Time, cluster.World.Loops.Create("coordination"));
        Assert.Throws<InvariantViolation>(() => cluster.Ask(election.Elect));
        Assert.Throws<InvariantViolation>(() => cluster.Ask(election.WatchController));
        Assert.False(cluster.Exists(ZnodePaths.Controller));
    }

    private static bool IsFeature(string path) => path == ZnodePaths.Feature;
}
