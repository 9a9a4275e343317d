using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Broker.InterBroker.Client;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

public sealed class TransactionMarkerSenderTest
{
    private static readonly ProducerIdAndEpoch Producer = new(7, 3);

    private readonly SimWorld world = new(1);
    private readonly FakePeer two;
    private readonly MetadataCache metadata;
    private readonly List<WriteTxnMarkersRequest> local = [];
    private readonly TransactionMarkerSender sender;
    private readonly CancellationTokenSource unloaded = new();
    private readonly RecordedLog log = new();
    private int written;
    private short level;

    public TransactionMarkerSenderTest()
    {
        two = new FakePeer(world) { Answer = request => request.AnswerWith(Answer(request.Decode<WriteTxnMarkersRequest>())) };
        metadata = new MetadataCache(world.Loops.Create("metadata"));
        sender = new TransactionMarkerSender(
            new TransactionMarkerOptions
            {
                Clients = BrokerClientsFixture.Of(world),
                Metadata = metadata,
                Locally = request =>
                {
                    local.Add(request);
                    return Task.FromResult(Answer(request));
                },
                TransactionLevel = () => level,
                Log = log,
            },
            world.Loops.Create("markers"));
        Learn(("orders", 0, 1), ("orders", 1, 2), ("bills", 0, 2));
    }

    [Fact]
    public void Each_leader_is_told_of_its_partitions_and_this_broker_without_a_connection()
    {
        Tell(true, ("orders", 0), ("orders", 1), ("bills", 0));
        world.RunUntilIdle();
        Assert.Equal(1, written);
        var own = Assert.Single(Assert.Single(local).Markers);
        Assert.Equal((7L, (short)3, true, 9), (own.ProducerId, own.ProducerEpoch, own.TransactionResult, own.CoordinatorEpoch));
        Assert.Equal(["orders-0"], Partitions(own));
        var sent = Assert.Single(two.Requests);
        Assert.Equal((ApiKey.WriteTxnMarkers, 1), (sent.ApiKey, sent.Version));
        Assert.Equal(["orders-1", "bills-0"], Partitions(Assert.Single(sent.Decode<WriteTxnMarkersRequest>().Markers)));
    }

    [Fact]
    public void Where_producers_raise_their_epochs_with_each_end_leaders_are_told_so()
    {
        level = 2;
        Tell(true, ("orders", 0), ("orders", 1));
        world.RunUntilIdle();
        Assert.Equal(2, Assert.Single(Assert.Single(local).Markers).TransactionVersion);
        var sent = Assert.Single(two.Requests);
        Assert.Equal((ApiKey.WriteTxnMarkers, 2), (sent.ApiKey, sent.Version));
        Assert.Equal(2, Assert.Single(sent.Decode<WriteTxnMarkersRequest>().Markers).TransactionVersion);
    }

    [Fact]
    public void What_comes_while_a_request_is_under_way_goes_together_with_the_next()
    {
        two.Answer = _ => null;
        Tell(true, ("orders", 1));
        world.RunUntilIdle();
        Tell(false, ("orders", 1), producerId: 8);
        Tell(true, ("bills", 0), producerId: 9);
        world.RunUntilIdle();
        Assert.Single(two.Requests);
        two.Answer = request => request.AnswerWith(Answer(request.Decode<WriteTxnMarkersRequest>()));
        // The first has no answer until its time is up, and is sent again.
        world.Advance(TimeSpan.FromSeconds(32));
        Assert.Equal(3, written);
        Assert.Equal([8L, 9], two.Requests[1].Decode<WriteTxnMarkersRequest>().Markers.Select(marker => marker.ProducerId));
    }

    [Theory]
    [InlineData(KafkaError.NotLeaderOrFollower)]
    [InlineData(KafkaError.UnknownTopicOrPartition)]
    [InlineData(KafkaError.NotEnoughReplicasAfterAppend)]
    [InlineData(KafkaError.RequestTimedOut)]
    [InlineData(KafkaError.CorruptMessage)]
    public void Leader_that_cannot_write_it_is_asked_again_or_another_when_the_leader_has_moved(KafkaError error)
    {
        two.Answer = request => request.AnswerWith(Answer(request.Decode<WriteTxnMarkersRequest>(), error));
        Tell(true, ("orders", 0), ("orders", 1));
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, written);
        Assert.True(two.Requests.Count > 3);
        Assert.Single(local);
        Assert.Single(log.Lines, line => line.Contains("markers not written", StringComparison.Ordinal));
        Learn(("orders", 1, 1));
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, written);
        Assert.Equal(["orders-1"], Partitions(local[1].Markers[0]));
    }

    [Theory]
    [InlineData(KafkaError.TransactionCoordinatorFenced)]
    [InlineData(KafkaError.InvalidProducerEpoch)]
    public void Leader_that_knows_of_another_coordinator_ends_it(KafkaError error)
    {
        two.Answer = request => request.AnswerWith(Answer(request.Decode<WriteTxnMarkersRequest>(), error));
        Tell(true, ("orders", 1), ("orders", 2));
        Learn(("orders", 2, -1));
        world.Advance(TimeSpan.FromSeconds(3));
        Learn(("orders", 2, 1));
        world.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((0, 1), (written, two.Requests.Count));
        Assert.Empty(local);
    }

    [Fact]
    public void Partition_without_a_leader_waits_for_one()
    {
        Learn(("orders", 1, -1));
        Tell(true, ("orders", 1));
        world.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0, written);
        Learn(("orders", 1, 2));
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, written);
    }

    [Fact]
    public void Partition_that_nobody_knows_for_a_while_is_taken_for_deleted()
    {
        Tell(true, ("orders", 0), ("gone", 0));
        world.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal(0, written);
        world.Advance(TimeSpan.FromSeconds(0.3));
        Assert.Equal(1, written);
    }

    [Fact]
    public void Nothing_is_sent_for_a_coordinator_that_is_unloaded()
    {
        Learn(("orders", 1, -1));
        Tell(true, ("orders", 1));
        world.Advance(TimeSpan.FromSeconds(1));
        unloaded.Cancel();
        Learn(("orders", 1, 2));
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0), (written, two.Requests.Count));
        Assert.True(world.IsAtRest);
    }

    [Fact]
    public void Broker_that_stops_leaves_no_connection_and_asks_no_more()
    {
        two.Answer = _ => null;
        Tell(true, ("orders", 1));
        world.RunUntilIdle();
        world.Await(sender.Close());
        Tell(true, ("orders", 1));
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(two.Requests);
        Assert.Empty(world.Network.Links);
        Assert.True(world.IsAtRest);
        Assert.Empty(world.Errors);
    }

    private void Tell(bool isCommit, params (string Topic, int Partition)[] partitions) => Tell(isCommit, Producer.ProducerId, partitions);

    private void Tell(bool isCommit, (string Topic, int Partition) partition, long producerId) => Tell(isCommit, producerId, [partition]);

    private void Tell(bool isCommit, long producerId, (string Topic, int Partition)[] partitions) => sender.Write(
        new EndedTransaction
        {
            TransactionalId = "transfers",
            Producer = Producer with { ProducerId = producerId },
            IsCommit = isCommit,
            RaisesEpoch = level == 2,
            CoordinatorEpoch = new LeaderEpoch(9),
            Partitions = [.. partitions.Select(partition => new TopicPartition(partition.Topic, partition.Partition))],
        },
        unloaded.Token,
        () => written++);

    /// <summary>Brokers 1 and 2 are live, and these partitions have these leaders.</summary>
    private void Learn(params (string Topic, int Partition, int Leader)[] partitions)
        => world.Await(metadata.Apply(new UpdateMetadataRequest
        {
            ControllerId = 1,
            LiveBrokers = [.. new[] { 1, 2 }.Select(id => new UpdateMetadataRequest.UpdateMetadataBroker
            {
                Id = id,
                Endpoints = [new() { Host = $"host{id}", Port = 9092, Listener = "PLAINTEXT" }],
            })],
            TopicStates = [.. partitions.Select(partition => new UpdateMetadataRequest.UpdateMetadataTopicState
            {
                TopicName = partition.Topic,
                PartitionStates = [new() { PartitionIndex = partition.Partition, Leader = partition.Leader }],
            })],
        }));

    private static WriteTxnMarkersResponse Answer(WriteTxnMarkersRequest request, KafkaError error = KafkaError.None) => new()
    {
        Markers = request.Markers.ConvertAll(marker => new WriteTxnMarkersResponse.WritableTxnMarkerResult
        {
            ProducerId = marker.ProducerId,
            Topics = marker.Topics.ConvertAll(topic => new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult
            {
                Name = topic.Name,
                Partitions = topic.PartitionIndexes.ConvertAll(
                    partition => new WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult
                    {
                        PartitionIndex = partition,
                        ErrorCode = error,
                    }),
            }),
        }),
    };

    private static IEnumerable<string> Partitions(WriteTxnMarkersRequest.WritableTxnMarker marker)
        => marker.Topics.SelectMany(topic => topic.PartitionIndexes, (topic, partition) => $"{topic.Name}-{partition}");
}
