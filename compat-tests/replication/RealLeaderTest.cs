using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Following;

namespace KafkaCompatBroker.CompatTests.Replication;

/// <summary>Replicas of ours that follow a real Kafka 3.9, which thinks them assigned and not live.</summary>
public sealed class RealLeaderTest : IAsyncLifetime
{
    private const string Topic = "copied";
    private const int Replica = 77, NotThere = 78;

    private static readonly LeaderProtocol Newest = new()
    {
        TopicIds = true,
        ReplicaStates = true,
        DivergingEpochs = true,
        EpochEndOffsets = true,
    };

    private readonly BrokerUnderTest kafka = new(BrokerUnderTest.Kafka39, new() { ["log.segment.bytes"] = "4000" });

    public async Task InitializeAsync()
    {
        if (Needs.Missing([Need.Java]) is null)
            await kafka.InitializeAsync();
    }

    public Task DisposeAsync() => Needs.Missing([Need.Java]) is null ? kafka.DisposeAsync() : Task.CompletedTask;

    /// <summary>By the protocols of 3.9, of 2.7 and of 0.11.</summary>
    [NeedsTheory(Need.Java)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Replica_becomes_what_a_real_leader_has_byte_for_byte(bool topicIds, bool divergingEpochs)
    {
        var state = CreateTopic();
        Produce(batches: 40);
        await using var replica = new OurReplica(
            kafka.Port, Newest with { TopicIds = topicIds, ReplicaStates = topicIds, DivergingEpochs = divergingEpochs }, Replica);

        await replica.Follow(state);
        await Admin.Until("all is copied", () => replica.LogEndOffset == 80);
        Produce(batches: 10);
        await Admin.Until("what came later is copied", () => replica.LogEndOffset == 100 && replica.HighWatermark == 100);

        Assert.Equal(RecordsIn(Path.Combine(kafka.DataFolder, $"{Topic}-0")), RecordsIn(replica.LogFolder(Topic)));
    }

    [NeedsTheory(Need.Java)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_replica_has_written_on_its_own_is_cut(bool divergingEpochs)
    {
        var leader = CreateTopic().Leader;
        Produce(batches: 4);
        // Each reassignment begins a leader epoch, and then waits for ever for replicas that are not there. In the first one nothing is
        // written by the leader.
        Reassign(leader, Replica, NotThere);
        Reassign(leader, Replica);
        await Admin.Until("the leader has a third epoch", () => State() is { LeaderEpoch: >= 2 });
        var state = State();
        Produce(batches: 1);
        await using var replica = new OurReplica(
            kafka.Port, Newest with { TopicIds = divergingEpochs, ReplicaStates = divergingEpochs, DivergingEpochs = divergingEpochs },
            Replica);
        await replica.LeadAndAppend(state, leaderEpoch: 1, records: 3);
        Assert.Equal(3, replica.LogEndOffset);

        await replica.Follow(state);
        await Admin.Until("all is copied", () => replica.LogEndOffset == 10 && replica.HighWatermark == 10);

        Assert.Equal(RecordsIn(Path.Combine(kafka.DataFolder, $"{Topic}-0")), RecordsIn(replica.LogFolder(Topic)));
    }

    /// <summary>A topic that Kafka leads and our replica is assigned to.</summary>
    private PartitionState CreateTopic()
    {
        using var talk = new Conversation(kafka.Port);
        var self = talk.Ask("brokers", 12, new MetadataRequest { Topics = [] })!.Brokers.Single().NodeId;
        var created = talk.Ask("create", 5, new CreateTopicsRequest
        {
            TimeoutMs = 10_000,
            Topics =
            [
                new()
                {
                    Name = Topic,
                    NumPartitions = -1,
                    ReplicationFactor = -1,
                    Assignments = [new() { PartitionIndex = 0, BrokerIds = [self, Replica, NotThere, NotThere + 1] }],
                },
            ],
        })!;
        // The topic is made; that a broker of its assignment is not there is answered as a timeout.
        Assert.Contains(created.Topics[0].ErrorCode, (KafkaError[])[KafkaError.None, KafkaError.RequestTimedOut]);
        PartitionState? state = null;
        Assert.True(SpinWait.SpinUntil(() => (state = State()) is { Leader: >= 0 }, TimeSpan.FromSeconds(20)));
        return state!;
    }

    private void Reassign(params int[] brokers)
    {
        using var talk = new Conversation(kafka.Port);
        var answer = talk.Ask("reassign", 0, new AlterPartitionReassignmentsRequest
        {
            TimeoutMs = 10_000,
            Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, Replicas = [.. brokers] }] }],
        })!;
        Assert.Equal(KafkaError.None, answer.Responses[0].Partitions[0].ErrorCode);
    }

    private PartitionState State()
    {
        using var talk = new Conversation(kafka.Port);
        var topic = talk.Ask(
            "state", 12, new MetadataRequest { Topics = [new() { Name = Topic }], AllowAutoTopicCreation = false })!.Topics[0];
        return topic.Partitions is [var partition]
            ? new PartitionState(topic.TopicId, partition.LeaderId, partition.LeaderEpoch)
            : new PartitionState(topic.TopicId, -1, -1);
    }

    /// <summary>Batches of two records in all codecs.</summary>
    private void Produce(int batches)
    {
        using var talk = new Conversation(kafka.Port);
        for (var number = 0; number < batches; number++)
        {
            var answer = talk.Ask("produce", 7, Topics.ProduceTo(
                Topic, Topics.Batch(Topics.FirstTimestamp + number, (CompressionType)(number % 5)), acks: 1))!;
            Assert.Equal(KafkaError.None, answer.Responses[0].PartitionResponses[0].ErrorCode);
        }
    }

    /// <summary>All bytes of a partition's segments, one behind the other: where they begin is each broker's own.</summary>
    private static byte[] RecordsIn(string folder)
        => [.. Directory.GetFiles(folder, "*.log").Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes)];
}

/// <summary>A partition as the controller decided on it.</summary>
internal sealed record PartitionState(TopicId TopicId, int Leader, int LeaderEpoch);
