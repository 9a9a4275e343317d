using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Replication;
using static KafkaCompatBroker.Tests.Unit.Storage.TransactionBatches;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

public sealed class MarkerWriterTest : IMarkerListener
{
    private static readonly TopicPartition Offsets = new(InternalTopics.ConsumerOffsets, 0);

    private readonly BrokerWorld world = new BrokerWorld().Lead();
    private readonly List<(TopicPartition Partition, ProducerIdAndEpoch Producer, bool IsCommit, long Offset)> told = [];
    private KafkaError answer;

    public Task<KafkaError> MarkerWritten(TopicPartition partition, ProducerIdAndEpoch producer, bool isCommit, long offset)
    {
        told.Add((partition, producer, isCommit, offset));
        return Task.FromResult(answer);
    }

    private static WriteTxnMarkersRequest.WritableTxnMarker Marker(
        ProducerIdAndEpoch producer, bool isCommit, int coordinatorEpoch = 1, params TopicPartition[] partitions) => new()
    {
        ProducerId = producer.ProducerId,
        ProducerEpoch = producer.Epoch,
        TransactionResult = isCommit,
        CoordinatorEpoch = coordinatorEpoch,
        Topics = [.. partitions.Select(partition => new WriteTxnMarkersRequest.WritableTxnMarkerTopic
        {
            Name = partition.Topic,
            PartitionIndexes = [partition.Partition],
        })],
    };

    private List<(long Producer, string Partition, KafkaError Error)> Write(params WriteTxnMarkersRequest.WritableTxnMarker[] markers)
    {
        var writer = new MarkerWriter(world.Replicas, this, TimeSpan.FromSeconds(30));
        var response = world.World.Await(
            world.Begin(() => new ValueTask<WriteTxnMarkersResponse>(writer.Write(new() { Markers = [.. markers] }))));
        return [.. response.Markers.SelectMany(producer => producer.Topics.SelectMany(topic => topic.Partitions.Select(
            partition => (producer.ProducerId, $"{topic.Name}-{partition.PartitionIndex}", partition.ErrorCode))))];
    }

    private void Produce(ProducerIdAndEpoch producer)
        => Assert.Equal(KafkaError.None, world.World.Await(world.Begin(
            () => world.Partition.Append(RecordOf(producer), AppendOrigin.Client, 1, v2Only: true, TimeSpan.FromSeconds(1)))).Error);

    [Fact]
    public void Which_version_of_transactions_a_marker_is_of_counts()
    {
        Produce(First);
        var late = Marker(First, isCommit: true, partitions: BrokerWorld.First);
        late.TransactionVersion = 2;
        Assert.Equal(KafkaError.InvalidProducerEpoch, Assert.Single(Write(late)).Error);
        late.TransactionVersion = 1;
        Assert.Equal(KafkaError.None, Assert.Single(Write(late)).Error);
    }

    private void LeadOffsets()
    {
        var decision = BrokerWorld.Decision();
        decision.TopicStates[0].TopicName = InternalTopics.ConsumerOffsets;
        decision.TopicStates[0].TopicId = new TopicId(8, 8);
        world.World.Await(world.Channel.Send(decision));
    }

    [Fact]
    public void Markers_end_the_transactions_of_a_partition()
    {
        Produce(First);
        Produce(Second);
        Assert.Equal(0, world.Partition.Snapshot.LastStableOffset);
        Assert.Equal(
            [(1, "orders-0", KafkaError.None), (2, "orders-0", KafkaError.None)],
            Write(
                Marker(First, isCommit: true, partitions: BrokerWorld.First),
                Marker(Second, isCommit: false, partitions: BrokerWorld.First)));
        Assert.Equal(4, world.Partition.Snapshot.LastStableOffset);
        var (_, producers) = world.World.Await(world.Partition.DescribeProducers());
        Assert.All(producers!, producer => Assert.Equal((1, -1), (producer.CoordinatorEpoch, producer.CurrentTxnFirstOffset)));
        Assert.Empty(told);
    }

    [Fact]
    public void Each_partition_has_an_error_of_its_own()
    {
        var absent = new TopicPartition("absent", 3);
        Write(Marker(First with { Epoch = 4 }, true, coordinatorEpoch: 7, BrokerWorld.First));
        Assert.Equal(
            [(1, "orders-0", KafkaError.InvalidProducerEpoch), (1, "absent-3", KafkaError.UnknownTopicOrPartition)],
            Write(Marker(First with { Epoch = 3 }, true, coordinatorEpoch: 7, BrokerWorld.First, absent)));
        Assert.Equal(
            [(1, "orders-0", KafkaError.TransactionCoordinatorFenced)],
            Write(Marker(First with { Epoch = 4 }, true, coordinatorEpoch: 6, BrokerWorld.First)));
        world.Lead(leaderEpoch: 1, replicas: [1, 2], isr: [2], leader: 2);
        Assert.Equal(
            [(1, "orders-0", KafkaError.NotLeaderOrFollower)],
            Write(Marker(First with { Epoch = 4 }, true, coordinatorEpoch: 7, BrokerWorld.First)));
    }

    [Fact]
    public void A_marker_of_no_producer_is_not_written_and_one_for_no_partition_not_answered()
    {
        Assert.Equal([(-1, "orders-0", KafkaError.InvalidRequest)], Write(Marker(ProducerIdAndEpoch.None, true, 1, BrokerWorld.First)));
        Assert.Equal(
            [(1, "orders-0", KafkaError.InvalidRequest)], Write(Marker(First with { Epoch = -1 }, true, 1, BrokerWorld.First)));
        Assert.Equal(0, world.Partition.Snapshot.LogEndOffset);
        Assert.Empty(Write(Marker(First, true)));
    }

    [Fact]
    public void The_group_coordinator_is_told_of_what_ends_in_its_partitions_and_the_sender_tries_again_while_it_cannot_tell()
    {
        LeadOffsets();
        Assert.Equal([(1, "__consumer_offsets-0", KafkaError.None)], Write(Marker(First, true, 1, Offsets)));
        Assert.Equal([(Offsets, First, true, 0)], told);
        answer = KafkaError.CoordinatorLoadInProgress;
        Assert.Equal([(1, "__consumer_offsets-0", KafkaError.NotLeaderOrFollower)], Write(Marker(First, false, 1, Offsets)));
        Assert.Equal((Offsets, First, false, 1), told[^1]);
    }

    [Fact]
    public void A_marker_that_was_refused_is_not_told()
    {
        LeadOffsets();
        Write(Marker(First, true, coordinatorEpoch: 5, Offsets));
        told.Clear();
        Write(Marker(First, true, coordinatorEpoch: 4, Offsets));
        Assert.Empty(told);
    }
}
