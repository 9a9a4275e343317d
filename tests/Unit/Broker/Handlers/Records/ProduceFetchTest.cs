using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Tests.Unit.Replication;
using static KafkaCompatBroker.Tests.Unit.Replication.BrokerWorld;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records;

public class ProduceFetchTest
{
    private readonly BrokerWorld world = new BrokerWorld().Lead();

    [Fact]
    public void What_is_produced_is_fetched_as_a_slice_of_the_segment()
    {
        var produced = world.Send(ProduceOf(Batch("a", "b")))!.Responses[0].PartitionResponses[0];
        var fetched = Only(world.Send(FetchOf(0)));

        Assert.Equal((KafkaError.None, 0L), (produced.ErrorCode, produced.BaseOffset));
        Assert.Equal(2, fetched.HighWatermark);
        Assert.NotNull(fetched.Records!.Value.Slice);
        Assert.Equal(1, new RecordBatch(Bytes(fetched)).LastOffset);
    }

    [Theory]
    [InlineData("orders", 9, KafkaError.UnknownTopicOrPartition)]
    [InlineData("absent", 0, KafkaError.UnknownTopicOrPartition)]
    [InlineData("..", 0, KafkaError.UnknownTopicOrPartition)]
    public void Produce_to_what_is_not_there_is_refused(string topic, int partition, KafkaError error)
        => Assert.Equal(error, ErrorOf(ProduceOf(Batch("a"), topic: topic, partition: partition)));

    [Fact]
    public void Produce_without_records_is_refused()
    {
        Assert.Equal(KafkaError.InvalidRecord, ErrorOf(ProduceOf(null)));
        Assert.Equal(KafkaError.InvalidRecord, ErrorOf(ProduceOf([])));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public void Acks_of_another_number_are_refused(short acks)
        => Assert.Equal(KafkaError.InvalidRequiredAcks, ErrorOf(ProduceOf(Batch("a"), acks)));

    [Fact]
    public void Failed_produce_with_acks_zero_closes_the_connection_and_a_good_one_is_not_answered()
    {
        Assert.Null(world.Send(ProduceOf(Batch("a"), acks: 0)));
        Assert.False(world.Context.IsCloseRequested);

        var bad = Batch("a");
        bad[^1] ^= 1;

        Assert.Null(world.Send(ProduceOf(bad, acks: 0)));
        Assert.True(world.Context.IsCloseRequested);
    }

    [Fact]
    public void Producer_that_asks_the_wrong_broker_is_told_the_right_one()
    {
        world.Lead(leaderEpoch: 1, replicas: [1, 2], isr: [2], leader: 2);

        var answer = world.Send(ProduceOf(Batch("a")))!.Responses[0].PartitionResponses[0];

        Assert.Equal(KafkaError.NotLeaderOrFollower, answer.ErrorCode);
        Assert.Equal((2, 1), (answer.CurrentLeader.LeaderId, answer.CurrentLeader.LeaderEpoch));
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(1L)]
    public void Fetch_outside_the_log_is_out_of_range(long offset)
        => Assert.Equal(KafkaError.OffsetOutOfRange, Only(world.Send(FetchOf(offset))).ErrorCode);

    [Theory]
    [InlineData(0, KafkaError.FencedLeaderEpoch)]
    [InlineData(99, KafkaError.UnknownLeaderEpoch)]
    public void Fetch_in_another_leader_epoch_is_refused(int epoch, KafkaError error)
    {
        world.Lead(leaderEpoch: 1);
        var request = FetchOf(0);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;

        Assert.Equal(error, Only(world.Send(request)).ErrorCode);
    }

    [Fact]
    public void Fetch_with_negative_sizes_or_unknown_isolation_is_invalid()
    {
        var negative = FetchOf(0);
        negative.MaxBytes = -1;
        var isolation = FetchOf(0);
        isolation.IsolationLevel = 7;
        var partition = FetchOf(0);
        partition.Topics[0].Partitions[0].PartitionMaxBytes = -5;

        Assert.Equal(KafkaError.InvalidRequest, world.Send(negative).ErrorCode);
        Assert.Equal(KafkaError.InvalidRequest, world.Send(isolation).ErrorCode);
        Assert.Equal(KafkaError.InvalidRequest, Only(world.Send(partition)).ErrorCode);
    }

    [Fact]
    public void Batch_larger_than_the_limits_is_returned_whole_and_alone()
    {
        world.Append(value: new string('x', 5000));
        world.Append();
        var request = FetchOf(0);
        (request.MaxBytes, request.Topics[0].Partitions[0].PartitionMaxBytes) = (0, 10);

        var fetched = Only(world.Send(request));

        Assert.Equal(new RecordBatch(Bytes(fetched)).SizeInBytes, fetched.Records!.Value.Length);
    }

    [Fact]
    public void Fetch_at_the_end_waits_for_an_append()
    {
        var answer = world.Begin(FetchOf(0, maxWaitMs: 500));
        Assert.False(answer.IsCompleted);

        world.Append();

        Assert.True(Only(world.World.Await(answer)).Records!.Value.Length > 0);
        Assert.Empty(world.World.Errors);
    }

    [Fact]
    public void Fetch_waits_for_min_bytes_over_several_appends()
    {
        var size = Batch("v").Length;
        var answer = world.Begin(FetchOf(0, maxWaitMs: 500, minBytes: (2 * size) + 1));

        world.Append();
        world.Append();
        world.World.RunUntilIdle();
        Assert.False(answer.IsCompleted);
        world.Append();

        Assert.Equal(3 * size, Only(world.World.Await(answer)).Records!.Value.Length);
    }

    [Fact]
    public void Waiting_fetch_is_answered_empty_when_its_time_is_up()
    {
        var answer = world.Begin(FetchOf(0, maxWaitMs: 500));

        world.World.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(answer.IsCompleted);
        world.World.Advance(TimeSpan.FromMilliseconds(2));

        Assert.Equal(0, Only(world.World.Await(answer)).Records!.Value.Length);
    }

    [Fact]
    public void Waiting_fetch_learns_of_lost_leadership_at_once()
    {
        var request = FetchOf(0, maxWaitMs: 60_000);
        request.FollowerFetching = false;
        var answer = world.Begin(request);

        world.Lead(leaderEpoch: 1, replicas: [1, 2], isr: [2], leader: 2);

        Assert.Equal(KafkaError.NotLeaderOrFollower, Only(world.World.Await(answer)).ErrorCode);
    }

    [Fact]
    public void Unknown_topic_id_is_named_as_such()
    {
        var request = FetchOf(0);
        request.TopicIds = true;
        (request.Topics[0].Topic, request.Topics[0].TopicId) = ("", new TopicId(9, 9));

        Assert.Equal(KafkaError.UnknownTopicId, Only(world.Send(request)).ErrorCode);
        request.Topics[0].TopicId = Id;
        Assert.Equal(KafkaError.None, Only(world.Send(request)).ErrorCode);
    }

    private KafkaError ErrorOf(ProduceRequest request) => world.Send(request)!.Responses[0].PartitionResponses[0].ErrorCode;

    private static FetchResponse.PartitionData Only(FetchResponse response) => Assert.Single(Assert.Single(response.Responses).Partitions);

    private static byte[] Bytes(FetchResponse.PartitionData data)
    {
        var slice = data.Records!.Value.Slice!.Value;
        var bytes = new byte[slice.Length];
        slice.File.Read(slice.Position, bytes);
        return bytes;
    }
}
