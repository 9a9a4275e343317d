using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Controller.Active;

/// <summary>Three brokers, the first of which is controller; orders-0 is on all of them and led by the first.</summary>
public sealed class ControllerApiTest
{
    private readonly ClusterFixture cluster = ClusterFixture.Of(3);
    private readonly TopicId topicId;

    public ControllerApiTest() => topicId = cluster.CreateTopic("orders", [1, 2, 3], [2, 1]);

    [Fact]
    public void A_leader_shrinks_its_isr_and_all_brokers_are_told_the_metadata_alone()
    {
        var before = cluster.Brokers[3].LeaderAndIsrs.Count();
        var response = Alter(1, isr: [1, 2]);
        var answer = response.Topics.Single().Partitions.Single();
        Assert.Equal((KafkaError.None, 1, 0, 1), (answer.ErrorCode, answer.LeaderId, answer.LeaderEpoch, answer.PartitionEpoch));
        Assert.Equal([1, 2], answer.Isr);
        Assert.Equal(topicId, response.Topics.Single().TopicId);
        var state = cluster.StateOf("orders", 0);
        Assert.Equal((0, 1), (state.LeaderEpoch.Value, state.PartitionEpoch.Value));
        Assert.Equal([1, 2], state.Isr.Select(broker => broker.Value));
        cluster.World.RunUntilIdle();
        Assert.All(cluster.Brokers.Values, broker => Assert.Equal([1, 2], Known(broker).Isr));
        Assert.Equal(before, cluster.Brokers[3].LeaderAndIsrs.Count());
        Assert.Equal(KafkaError.None, Alter(1, isr: [1, 2]).Topics.Single().Partitions.Single().ErrorCode);
    }

    [Fact]
    public void An_isr_is_written_under_the_epoch_of_the_controller_that_writes_it()
    {
        var id = cluster.CreateTopic("later", [2, 3]);
        Assert.Equal(1, cluster.StateOf("later", 0).ControllerEpoch.Value);
        cluster.KillBroker(1);
        var request = Request(2, [2], partitionEpoch: 0);
        (request.Topics[0].TopicName, request.Topics[0].TopicId) = ("later", id);
        var next = cluster.Brokers.Values.Single(broker => broker.Controller is { IsActive: true });
        Assert.Equal(KafkaError.None, cluster.Ask(() => next.Controller!.AlterPartition(request)).ErrorCode);
        Assert.Equal((2, 0), (cluster.StateOf("later", 0).ControllerEpoch.Value, cluster.StateOf("later", 0).LeaderEpoch.Value));
        Assert.Equal([2], cluster.StateOf("later", 0).Isr.Select(broker => broker.Value));
    }

    [Fact]
    public void A_state_that_was_written_meanwhile_refuses_the_change()
    {
        cluster.Active.ZooKeeper.BeforeMulti = () => WriteAgain(ZnodePaths.State(new TopicPartition("orders", 0)));
        Assert.Equal(KafkaError.InvalidUpdateVersion, Alter(1, isr: [1, 2]).Topics.Single().Partitions.Single().ErrorCode);
    }

    [Fact]
    public void Another_life_of_a_broker_and_a_topic_that_is_none_are_refused()
    {
        Assert.Equal(KafkaError.StaleBrokerEpoch, Alter(1, isr: [1], brokerEpoch: 1).ErrorCode);
        Assert.Equal(KafkaError.StaleBrokerEpoch, Alter(9, isr: [9], brokerEpoch: 1).ErrorCode);
        Assert.Equal(KafkaError.UnknownTopicId, Alter(1, isr: [1], id: new TopicId(1, 1)).Topics.Single().Partitions.Single().ErrorCode);
    }

    [Fact]
    public void A_member_of_another_life_or_about_to_stop_is_not_eligible_which_older_versions_call_otherwise()
    {
        Alter(1, isr: [1]);
        var grown = Request(1, [1, 2], 1);
        grown.Topics[0].Partitions[0].NewIsr = [];
        grown.Topics[0].Partitions[0].NewIsrWithEpochs = [new() { BrokerId = 1 }, new() { BrokerId = 2, BrokerEpoch = 1 }];
        Assert.Equal(KafkaError.IneligibleReplica, PartitionError(grown));
        grown.Topics[0].Partitions[0].NewIsrWithEpochs[1].BrokerEpoch = cluster.Brokers[2].Epoch.Value;
        Assert.Equal(KafkaError.None, PartitionError(grown));
        ShutDown(3);
        Assert.Equal(KafkaError.IneligibleReplica, PartitionError(Request(1, [1, 2, 3], 2)));
        var byName = Request(1, [1, 2, 3], 2);
        byName.TopicIds = false;
        Assert.Equal(KafkaError.OperationNotAttempted, PartitionError(byName));
    }

    [Fact]
    public void A_broker_that_is_to_stop_gives_its_leadership_and_its_place_in_the_isrs_to_others()
    {
        var response = ShutDown(2);
        Assert.Equal((KafkaError.None, 0), (response.ErrorCode, response.RemainingPartitions.Count));
        Assert.Equal((1, "1"), LeaderAndIsrOf(1));
        Assert.Equal((1, "1,3"), LeaderAndIsrOf(0));
        Assert.Contains(
            cluster.Brokers[2].StopReplicas.SelectMany(request => request.TopicStates).SelectMany(topic => topic.PartitionStates),
            state => state is { PartitionIndex: 0, DeletePartition: false });
        // It is still there, and is told whom to follow until it is gone.
        Assert.Equal(1, cluster.Brokers[2].Told("orders", 1).Leader);
        Assert.Contains(2, Known(cluster.Brokers[1]).OfflineReplicas);
        Assert.Contains(cluster.Brokers[1].UpdateMetadatas.Last().LiveBrokers, broker => broker.Id == 2);
        // New partitions are led by others.
        cluster.CreateTopic("later", [2, 1]);
        Assert.Equal(1, cluster.StateOf("later", 0).Leader.Value);
    }

    [Fact]
    public void What_has_no_other_replica_in_sync_stays_with_the_broker_that_is_to_stop()
    {
        Alter(1, isr: [1]);
        var remaining = ShutDown(1).RemainingPartitions.Single();
        Assert.Equal(("orders", 0), (remaining.TopicName, remaining.PartitionIndex));
        Assert.Equal((1, "1"), LeaderAndIsrOf(0));
    }

    [Fact]
    public void A_broker_that_comes_back_leads_again()
    {
        ShutDown(2);
        cluster.KillBroker(2);
        cluster.StartBroker(2);
        cluster.CreateTopic("later", [2, 1]);
        Assert.Equal(2, cluster.StateOf("later", 0).Leader.Value);
    }

    [Fact]
    public void An_unknown_broker_and_an_earlier_life_of_one_cannot_shut_down()
    {
        Assert.Equal(KafkaError.BrokerNotAvailable, ShutDown(9).ErrorCode);
        Assert.Equal(KafkaError.StaleBrokerEpoch, ShutDown(2, epoch: 1).ErrorCode);
        Assert.Equal((2, "2,1"), LeaderAndIsrOf(1));
    }

    [Fact]
    public void Blocks_of_producer_ids_follow_on_each_other()
    {
        var first = AllocateProducerIds(2, cluster.Brokers[2].Epoch);
        Assert.Equal((KafkaError.None, 0, 1000), (first.ErrorCode, first.ProducerIdStart, first.ProducerIdLen));
        Assert.Equal(1000, AllocateProducerIds(3, cluster.Brokers[3].Epoch).ProducerIdStart);
        Assert.Equal(KafkaError.StaleBrokerEpoch, AllocateProducerIds(2, new BrokerEpoch(1)).ErrorCode);
        Assert.Equal(KafkaError.BrokerIdNotRegistered, AllocateProducerIds(9, new BrokerEpoch(1)).ErrorCode);
    }

    [Fact]
    public void A_broker_that_is_not_controller_says_so()
    {
        var other = cluster.Brokers[2].Controller!;
        Assert.Equal(KafkaError.NotController, cluster.Ask(() => other.AlterPartition(new AlterPartitionRequest())).ErrorCode);
        Assert.Equal(
            KafkaError.StaleControllerEpoch, cluster.Ask(() => other.ControlledShutdown(new ControlledShutdownRequest())).ErrorCode);
        Assert.Equal(KafkaError.NotController, cluster.Ask(() => other.AllocateProducerIds(new AllocateProducerIdsRequest())).ErrorCode);
    }

    [Fact]
    public void A_controller_that_was_replaced_without_noticing_says_so_and_resigns()
    {
        cluster.Active.ZooKeeper.BeforeMulti = () => WriteAgain(ZnodePaths.ControllerEpoch);
        Assert.Equal(KafkaError.NotController, Alter(1, isr: [1, 2]).ErrorCode);
    }

    /// <summary>Another writes what is there, so that its version goes on.</summary>
    private async Task WriteAgain(string path)
        => await cluster.Admin.Apply(new ZkOp.SetData(path, (await cluster.Admin.GetData(path)).Data!));

    private AlterPartitionResponse Alter(int leader, int[] isr, long? brokerEpoch = null, TopicId? id = null)
    {
        var request = Request(leader, isr, partitionEpoch: 0, brokerEpoch);
        if (id is { } other)
            request.Topics[0].TopicId = other;
        return cluster.Ask(() => cluster.Brokers[1].Controller!.AlterPartition(request));
    }

    private AlterPartitionRequest Request(int leader, int[] isr, int partitionEpoch, long? brokerEpoch = null) => new()
    {
        BrokerId = leader,
        BrokerEpoch = brokerEpoch ?? cluster.Brokers[leader].Epoch.Value,
        TopicIds = true,
        Topics =
        [
            new()
            {
                TopicName = "orders",
                TopicId = topicId,
                Partitions = [new() { PartitionIndex = 0, LeaderEpoch = 0, PartitionEpoch = partitionEpoch, NewIsr = [.. isr] }],
            },
        ],
    };

    private KafkaError PartitionError(AlterPartitionRequest request)
        => cluster.Ask(() => cluster.Brokers[1].Controller!.AlterPartition(request)).Topics.Single().Partitions.Single().ErrorCode;

    private ControlledShutdownResponse ShutDown(int broker, long? epoch = null)
    {
        var response = cluster.Ask(() => cluster.Brokers[1].Controller!.ControlledShutdown(new ControlledShutdownRequest
        {
            BrokerId = broker,
            BrokerEpoch = epoch ?? (cluster.Brokers.TryGetValue(broker, out var known) ? known.Epoch.Value : -1),
        }));
        cluster.World.RunUntilIdle();
        return response;
    }

    private AllocateProducerIdsResponse AllocateProducerIds(int broker, BrokerEpoch epoch)
        => cluster.Ask(() => cluster.Brokers[1].Controller!.AllocateProducerIds(
            new AllocateProducerIdsRequest { BrokerId = broker, BrokerEpoch = epoch.Value }));

    private (int Leader, string Isr) LeaderAndIsrOf(int partition)
    {
        LeaderAndIsr state = cluster.StateOf("orders", partition);
        return (state.Leader.Value, string.Join(',', state.Isr));
    }

    private static UpdateMetadataRequest.UpdateMetadataPartitionState Known(FakeBroker broker)
        => broker.UpdateMetadatas.SelectMany(request => request.TopicStates).SelectMany(topic => topic.PartitionStates)
            .Last(state => state.PartitionIndex == 0);
}
