using KafkaCompatBroker.Broker.Handlers.Records;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Replication;
using KafkaCompatBroker.Tests.Unit.Replication.Fetchers;
using static KafkaCompatBroker.Tests.Unit.Replication.BrokerWorld;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records;

/// <summary>What clients are answered who delete records, and what readers, followers and a restart make of it.</summary>
public sealed class DeleteRecordsTest
{
    private readonly BrokerWorld broker = new BrokerWorld().Lead();

    [Fact]
    public void Reader_of_deleted_records_is_out_of_range_and_begins_where_the_log_does()
    {
        AppendThree();

        Assert.Equal((KafkaError.None, 2L), Delete(2));

        Assert.Equal(KafkaError.OffsetOutOfRange, broker.Send(FetchOf(1)).Responses[0].Partitions[0].ErrorCode);
        var read = broker.Send(FetchOf(2)).Responses[0].Partitions[0];
        Assert.Equal((KafkaError.None, 2L, 3L), (read.ErrorCode, read.LogStartOffset, read.HighWatermark));
        Assert.Equal((KafkaError.None, 3L), Delete(-1));
        Assert.Equal(3, broker.Append().FirstOffset);
    }

    [Theory]
    [InlineData("never-created", 0, KafkaError.UnknownTopicOrPartition)]
    [InlineData(Topic, 9, KafkaError.UnknownTopicOrPartition)]
    [InlineData(Topic, -1, KafkaError.UnknownTopicOrPartition)]
    [InlineData("__consumer_offsets", 0, KafkaError.InvalidTopicException)]
    [InlineData("elsewhere", 0, KafkaError.NotLeaderOrFollower)]
    public void What_is_not_there_not_led_here_or_internal_is_refused(string topic, int partition, KafkaError error)
    {
        foreach (var name in (string[])["__consumer_offsets", "elsewhere"])
            broker.World.Await(broker.Channel.Send(OtherTopic(name)));

        Assert.Equal((error, -1L), Delete(0, topic, partition));
    }

    [Fact]
    public void Each_partition_is_answered_under_its_topic_and_the_last_offset_named_holds()
    {
        AppendThree();

        var answer = Ask(new DeleteRecordsRequest
        {
            TimeoutMs = 1000,
            Topics = [Named(Topic, (0, 1), (9, 0)), Named("never-created", (0, 0)), Named(Topic, (0, 3))],
        });

        Assert.Equal(
            [(Topic, 0, KafkaError.None, 3L), (Topic, 9, KafkaError.UnknownTopicOrPartition, -1L),
                ("never-created", 0, KafkaError.UnknownTopicOrPartition, -1L)],
            answer.Topics.SelectMany(topic => topic.Partitions.Select(
                result => (topic.Name, result.PartitionIndex, result.ErrorCode, result.LowWatermark))));
    }

    [Fact]
    public void Deletion_that_waits_for_a_follower_is_refused_when_another_broker_leads()
    {
        broker.Lead(leaderEpoch: 1, partitionEpoch: 1, isr: [1], replicas: [1, 2], live: [1, 2]);
        AppendThree(acks: 1);
        var waiting = Begin(new DeleteRecordsRequest { TimeoutMs = 60_000, Topics = [Named(Topic, (0, 2))] });
        Assert.False(waiting.IsCompleted);

        broker.Lead(leader: 2, leaderEpoch: 2, partitionEpoch: 2, isr: [1, 2], replicas: [1, 2], live: [1, 2]);

        var result = broker.World.Await(waiting).Topics[0].Partitions[0];
        Assert.Equal((KafkaError.NotLeaderOrFollower, -1L), (result.ErrorCode, result.LowWatermark));
        Assert.Equal((KafkaError.NotLeaderOrFollower, -1L), Delete(2));
    }

    [Fact]
    public void Follower_deletes_what_its_leader_has_deleted_and_says_so_with_its_next_fetch()
    {
        broker.Lead(leader: 2, leaderEpoch: 1, partitionEpoch: 1, replicas: [1, 2], isr: [1, 2]);
        broker.World.RunUntilIdle();
        broker.Leader.Answer(9, PlayedLeader.Records(PlayedLeader.Batch(0, 1, "a"), highWatermark: 1));
        Assert.Equal(0, broker.Partition.Snapshot.LogStartOffset);

        var answer = PlayedLeader.Records([], highWatermark: 1);
        answer.LogStartOffset = 1;
        broker.Leader.Answer(9, answer);

        Assert.Equal(1, broker.Partition.Snapshot.LogStartOffset);
        Assert.Equal(1, broker.Leader.Asked.LogStartOffset);
    }

    [Fact]
    public void Log_begins_there_after_a_restart_and_retention_has_taken_the_segments_below()
    {
        var small = new BrokerWorld(config: LogConfig.Default with { SegmentBytes = 100, RetentionMs = -1 }).Lead();
        small.Replicas.Start();
        for (var i = 0; i < 3; i++)
            small.Append();
        Assert.Equal((KafkaError.None, 2L), Delete(2, on: small));

        small.World.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal(2, Assert.Single(small.LogDirs.Logs).Segments[0].BaseOffset);
        Assert.Equal((KafkaError.None, 3L), Delete(3, on: small));
        small.World.Await(small.Replicas.Stop());
        var restarted = new BrokerWorld(small.World, small.Config).Lead(leaderEpoch: 1, partitionEpoch: 1);
        Assert.Equal(3, restarted.Partition.Snapshot.LogStartOffset);
        Assert.Equal(3, restarted.Append().FirstOffset);
    }

    private void AppendThree(short acks = -1)
    {
        for (var i = 0; i < 3; i++)
            broker.Append(acks);
    }

    private static UpdateMetadataRequest OtherTopic(string name) => new()
    {
        ControllerId = 1,
        ControllerEpoch = 1,
        LiveBrokers = [new() { Id = 1, Endpoints = [new() { Listener = "PLAINTEXT", Host = "localhost", Port = 9092 }] }],
        TopicStates = [new()
        {
            TopicName = name,
            PartitionStates = [new() { PartitionIndex = 0, Leader = 2, LeaderEpoch = 0, Isr = [2], Replicas = [2] }],
        }],
    };

    private static DeleteRecordsRequest.DeleteRecordsTopic Named(string topic, params (int Partition, long Offset)[] partitions) => new()
    {
        Name = topic,
        Partitions = [.. partitions.Select(partition => new DeleteRecordsRequest.DeleteRecordsPartition
        {
            PartitionIndex = partition.Partition, Offset = partition.Offset,
        })],
    };

    private (KafkaError Error, long LowWatermark) Delete(long offset, string topic = Topic, int partition = 0, BrokerWorld? on = null)
    {
        var result = Ask(new DeleteRecordsRequest { TimeoutMs = 1000, Topics = [Named(topic, (partition, offset))] }, on)
            .Topics[0].Partitions[0];
        return (result.ErrorCode, result.LowWatermark);
    }

    private DeleteRecordsResponse Ask(DeleteRecordsRequest request, BrokerWorld? on = null)
        => (on ?? broker).World.Await(Begin(request, on));

    private Task<DeleteRecordsResponse> Begin(DeleteRecordsRequest request, BrokerWorld? on = null)
    {
        var asked = on ?? broker;
        return asked.Begin(() => new DeleteRecordsHandler(asked.Replicas, asked.Metadata).Handle(request, asked.Context))!;
    }
}
