using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Controller.Channels;

/// <summary>Brokers 1 and 2 are live; orders-0 is led by broker 2 and has replicas on both and on broker 9, which is away.</summary>
public sealed class RequestBatchTest
{
    private static readonly BrokerId one = new(1);
    private static readonly BrokerId two = new(2);
    private static readonly BrokerId nine = new(9);
    private static readonly TopicPartition partition = new("orders", 0);
    private static readonly TopicPartition unled = new("orders", 1);

    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly ControllerContext context;
    private readonly RequestBatch batch;
    private readonly Dictionary<BrokerId, RecordedChannel> sent = [];

    public RequestBatchTest()
    {
        loop = world.Loops.Create("coordination");
        context = new ControllerContext(loop);
        var channels = new BrokerChannels(
            loop, NoLog.Instance, broker => sent[broker.Id] = new RecordedChannel(), new RecordedAnswers());
        batch = new RequestBatch(context, channels, new ControllerIdentity(one, new ControllerEpoch(4)), "PLAINTEXT");
        OnLoop(() =>
        {
            foreach (var id in (int[])[1, 2])
            {
                var broker = new LiveBroker(ClusterFixture.Info(id), new BrokerEpoch(100 + id));
                context.Brokers.Add(broker);
                channels.Add(broker);
            }
            context.AddTopic("orders", new TopicId(7, 7));
            context.SetAssignment(partition, ReplicaAssignment.Of([two, one, nine]));
            context.SetAssignment(unled, ReplicaAssignment.Of([one]));
            context.SetLeadership(partition, new LeaderAndIsr(
                two, new LeaderEpoch(5), [two, one], LeaderRecoveryState.Recovered, new PartitionEpoch(6), new ControllerEpoch(3)));
        });
    }

    [Fact]
    public void A_step_sends_each_broker_one_request_of_a_kind_and_the_next_step_begins_empty()
    {
        OnLoop(() =>
        {
            batch.AddLeaderAndIsr([one], partition, isNew: false);
            batch.AddLeaderAndIsr([one, nine], partition, isNew: false);
            batch.AddStopReplica(new Replica(partition, one), delete: false);
            batch.Send();
            batch.Send();
        });
        Assert.Equal(
            [typeof(LeaderAndIsrRequest), typeof(UpdateMetadataRequest), typeof(StopReplicaRequest)],
            sent[one].Sends.Select(request => request.GetType()));
        Assert.Equal([typeof(UpdateMetadataRequest)], sent[two].Sends.Select(request => request.GetType()));
    }

    [Fact]
    public void A_leadership_is_sent_with_the_epochs_of_its_decision_and_where_its_leader_is_reached()
    {
        OnLoop(() =>
        {
            batch.AddLeaderAndIsr([one], partition, isNew: false);
            batch.Send();
        });
        var request = sent[one].Sends.OfType<LeaderAndIsrRequest>().Single();
        Assert.Equal((1, 4, 101L), (request.ControllerId, request.ControllerEpoch, request.BrokerEpoch));
        var state = request.TopicStates.Single().PartitionStates.Single();
        Assert.Equal((2, 5, 6, 3), (state.Leader, state.LeaderEpoch, state.PartitionEpoch, state.ControllerEpoch));
        Assert.Equal([2, 1, 9], state.Replicas);
        Assert.Equal((2, "host2", 9092), request.LiveLeaders.Select(leader => (leader.BrokerId, leader.HostName, leader.Port)).Single());
        var metadata = sent[two].Sends.OfType<UpdateMetadataRequest>().Single().TopicStates.Single().PartitionStates.Single();
        Assert.Equal((2, 5), (metadata.Leader, metadata.LeaderEpoch));
        Assert.Equal([9], metadata.OfflineReplicas);
    }

    [Fact]
    public void New_and_delete_stay_once_they_were_said_in_a_batch()
    {
        OnLoop(() =>
        {
            batch.AddLeaderAndIsr([one], partition, isNew: true);
            batch.AddLeaderAndIsr([one], partition, isNew: false);
            batch.AddStopReplica(new Replica(partition, one), delete: true);
            batch.AddStopReplica(new Replica(partition, one), delete: false);
            batch.Send();
        });
        Assert.True(sent[one].Sends.OfType<LeaderAndIsrRequest>().Single().TopicStates.Single().PartitionStates.Single().IsNew);
        Assert.True(sent[one].Sends.OfType<StopReplicaRequest>().Single().TopicStates.Single().PartitionStates.Single().DeletePartition);
    }

    [Fact]
    public void A_partition_without_leadership_is_left_out()
    {
        OnLoop(() =>
        {
            batch.AddLeaderAndIsr([one], unled, isNew: true);
            batch.Send();
            batch.AddUpdateMetadata([one], [partition, unled]);
            batch.Send();
        });
        var metadata = Assert.IsType<UpdateMetadataRequest>(Assert.Single(sent[one].Sends));
        Assert.Equal([0], metadata.TopicStates.Single().PartitionStates.Select(state => state.PartitionIndex));
    }

    [Fact]
    public void Of_a_topic_to_be_deleted_the_metadata_have_leader_minus_2_and_StopReplica_has_leader_epoch_minus_2()
    {
        OnLoop(() =>
        {
            batch.AddStopReplica(new Replica(partition, two), delete: false);
            batch.Send();
            context.ToBeDeleted.Add("orders");
            batch.AddUpdateMetadata([one], [partition]);
            batch.AddStopReplica(new Replica(partition, one), delete: true);
            batch.Send();
        });
        var metadata = sent[one].Sends.OfType<UpdateMetadataRequest>().Single().TopicStates.Single().PartitionStates.Single();
        Assert.Equal((-2, 0, 0), (metadata.Leader, metadata.LeaderEpoch, metadata.ZkVersion));
        Assert.Equal(-2, StopEpoch(one));
        Assert.Equal(5, StopEpoch(two));

        int StopEpoch(BrokerId broker)
            => sent[broker].Sends.OfType<StopReplicaRequest>().Single().TopicStates.Single().PartitionStates.Single().LeaderEpoch;
    }

    private void OnLoop(Action action)
    {
        world.Await(loop.Ask(() =>
        {
            action();
            return true;
        }));
        world.RunUntilIdle();
    }
}
