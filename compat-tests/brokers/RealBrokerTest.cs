using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.CompatTests.ZooKeeper;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Os.Network;
using KafkaCompatBroker.Os.Process;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.CompatTests.Brokers;

/// <summary>A real Kafka 3.9 with a ZooKeeper, alone; the tests play its controller, its followers and itself.</summary>
public sealed class RealKafka39() : BrokerUnderTest(Kafka39, []);

/// <summary>Our client for requests between brokers against a real Kafka 3.9, whose id is 0 and which is controller in epoch 1.</summary>
public sealed class RealBrokerTest(RealKafka39 kafka) : IClassFixture<RealKafka39>
{
    private const int Follower = 55;
    private static readonly BrokerId zero = new(0);

    private readonly OsLoops loops = new(NoLog.Instance);

    [NeedsTheory(Need.Java)]
    [InlineData("3.9")]
    [InlineData("3.0")]
    [InlineData("2.6")]
    [InlineData("2.2")]
    [InlineData("1.0")]
    [InlineData("0.10.0")]
    public async Task A_real_broker_obeys_our_commands_and_is_followed_at_the_versions_of_each_protocol(string protocol)
    {
        var topic = $"commanded-{protocol}";
        var topicId = TopicId.Create(new Random(protocol.GetHashCode(StringComparison.Ordinal)));
        var clients = Clients(protocol);
        var loop = loops.Create("coordination");
        var channel = new RemoteBrokerChannel(Kafka(), clients, loop);
        Assert.Equal(KafkaError.None, (await On(loop, () => channel.Send(Tell(topic, topicId)))).ErrorCode);
        var led = await On(loop, () => channel.Send(Lead(topic, topicId)));
        var errors = led.Topics.SelectMany(answer => answer.PartitionErrors).Concat(led.PartitionErrors);
        Assert.Equal((KafkaError.None, KafkaError.None), (led.ErrorCode, errors.Single().ErrorCode));

        var sent = Topics.Batch();
        using (var talk = new Conversation(kafka.Port))
            Assert.Equal(
                KafkaError.None,
                talk.Ask("produce", 3, Topics.ProduceTo(topic, sent, acks: 1))!.Responses.Single().PartitionResponses.Single().ErrorCode);
        var metadata = new MetadataCache(loops.Create("metadata"));
        await metadata.Apply(Tell(topic, topicId));
        using (var leader = new LeaderConnections(clients, metadata).Connect(zero, 0))
        {
            using var fetched = await leader.Fetch(Fetch(topic, topicId, leader.Protocol));
            var partition = fetched.Response.Responses.Single().Partitions.Single();
            Assert.Equal((KafkaError.None, sent.Length), (partition.ErrorCode, partition.Records!.Value.Length));
            // The last bytes are the records themselves; before them are the fields that the leader has set. Before 0.11 it converts them.
            if (leader.Protocol.EpochEndOffsets)
                Assert.True(partition.Records.Value.Memory.Span[^40..].SequenceEqual(sent.AsSpan()[^40..]));
            var ends = await leader.ListOffsets(new ListOffsetsRequest
            {
                ReplicaId = Follower,
                Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, CurrentLeaderEpoch = 3, Timestamp = -1 }] }],
            });
            Assert.Equal(2, ends.Topics.Single().Partitions.Single().Offset);
            if (leader.Protocol.EpochEndOffsets)
            {
                var epochs = await leader.EndOffsets(new OffsetForLeaderEpochRequest
                {
                    ReplicaId = Follower,
                    Topics = [new() { Topic = topic, Partitions = [new() { Partition = 0, CurrentLeaderEpoch = 3, LeaderEpoch = 3 }] }],
                });
                Assert.Equal(2, epochs.Topics.Single().Partitions.Single().EndOffset);
            }
        }

        var stopped = await On(loop, () => channel.Send(Stop(topic)));
        Assert.Equal((KafkaError.None, KafkaError.None), (stopped.ErrorCode, stopped.PartitionErrors.Single().ErrorCode));
        await Admin.Until("the log is deleted", () => !Directory.Exists(Path.Combine(kafka.DataFolder, $"{topic}-0")));
        await On(loop, () =>
        {
            channel.Dispose();
            return Task.FromResult(true);
        });
    }

    [NeedsFact(Need.Java)]
    public async Task A_real_controller_answers_what_brokers_ask()
    {
        using (var admin = new Admin(kafka.Port))
            await admin.CreateTopic("altered", 1);
        var zooKeeper = ZooKeepers.Open(kafka.ZooKeeperConnect!);
        var brokerEpoch = new BrokerEpoch((await zooKeeper.Exists("/brokers/ids/0")).Stat!.Czxid);
        await zooKeeper.Close();
        var access = await Access("3.9", brokerEpoch);
        var topicId = TopicIdOf("altered");
        var proposal = new IsrProposal(
            new TopicPartition("altered", 0), topicId, new LeaderEpoch(0), new PartitionEpoch(0), [zero]);
        var decision = await access.AlterPartition.Propose(proposal);
        Assert.Equal((KafkaError.None, 0, 0), (decision.Error, decision.LeaderEpoch.Value, decision.PartitionEpoch.Value));
        Assert.Equal([zero], decision.Isr);
        Assert.Equal(
            KafkaError.IneligibleReplica, (await access.AlterPartition.Propose(proposal with { Isr = [zero, new(Follower)] })).Error);
        Assert.Equal(
            KafkaError.UnknownTopicId, (await access.AlterPartition.Propose(proposal with { TopicId = new TopicId(17, 4) })).Error);
        var oldest = await Access("2.7", brokerEpoch);
        Assert.Equal(
            KafkaError.OperationNotAttempted, (await oldest.AlterPartition.Propose(proposal with { Isr = [zero, new(Follower)] })).Error);

        var block = await access.AllocateProducerIds();
        Assert.Equal(ProducerIdBlock.Size, block!.Value.LastProducerId - block.Value.FirstProducerId + 1);
        Assert.Equal(block.Value.LastProducerId + 1, (await access.AllocateProducerIds())!.Value.FirstProducerId);
        Assert.Null(await (await Access("3.9", new BrokerEpoch(1))).AllocateProducerIds());
        Assert.Equal(
            "the controller answered StaleBrokerEpoch", (await (await Access("3.9", new BrokerEpoch(1))).ControlledShutdown()).Failure);
    }

    private async Task<ControllerAccess> Access(string protocol, BrokerEpoch brokerEpoch)
    {
        var metadata = new MetadataCache(loops.Create("metadata"));
        await metadata.Apply(Tell("any", TopicId.Zero));
        // The tests are no broker; so that what is asked goes over the wire, they ask in broker 0's name from elsewhere.
        var clients = Clients(protocol) with { Self = new BrokerId(Follower) };
        return new ControllerAccess(new ControllerAccessOptions
        {
            Self = zero,
            BrokerEpoch = () => brokerEpoch,
            Protocol = MetadataVersion.Of(protocol),
            ChannelOn = (clientId, loop) => new ControllerChannel(
                clients, metadata, () => BrokerId.None, () => new NoController(), clientId, loop),
            ProducerIdsFromZooKeeper = () => Task.FromResult<ProducerIdBlock?>(null),
            Loops = loops,
            Log = NoLog.Instance,
        });
    }

    private BrokerClients Clients(string protocol) => new()
    {
        Self = new BrokerId(Follower),
        Network = new OsNetwork(),
        Loops = loops,
        Random = new OsRandom(),
        Protocol = MetadataVersion.Of(protocol),
        InterBrokerListener = "PLAINTEXT",
        ControllerListener = "PLAINTEXT",
        RequestTimeout = TimeSpan.FromSeconds(30),
        ControllerConnectTimeout = TimeSpan.FromSeconds(30),
        LeaderConnectTimeout = TimeSpan.FromSeconds(30),
        AnswerMaxBytes = 100_000_000,
    };

    private LiveBroker Kafka() => new(
        new BrokerInfo
        {
            Id = zero,
            Endpoints =
            [
                new() { Listener = "PLAINTEXT", Host = "127.0.0.1", Port = kafka.Port, SecurityProtocol = SecurityProtocol.Plaintext },
            ],
        },
        BrokerEpoch.Unknown);

    private static LeaderAndIsrRequest Lead(string topic, TopicId topicId) => new()
    {
        ControllerId = 0,
        ControllerEpoch = 1,
        TopicStates =
        [
            new()
            {
                TopicName = topic,
                TopicId = topicId,
                PartitionStates =
                [
                    new()
                    {
                        TopicName = topic, PartitionIndex = 0, ControllerEpoch = 1, Leader = 0, LeaderEpoch = 3, Isr = [0],
                        Replicas = [0, Follower], IsNew = true,
                    },
                ],
            },
        ],
    };

    private UpdateMetadataRequest Tell(string topic, TopicId topicId) => new()
    {
        ControllerId = 0,
        ControllerEpoch = 1,
        TopicStates =
        [
            new()
            {
                TopicName = topic,
                TopicId = topicId,
                PartitionStates =
                [
                    new()
                    {
                        TopicName = topic, PartitionIndex = 0, ControllerEpoch = 1, Leader = 0, LeaderEpoch = 3, Isr = [0],
                        Replicas = [0, Follower],
                    },
                ],
            },
        ],
        LiveBrokers = [new() { Id = 0, Endpoints = [new() { Host = "127.0.0.1", Port = kafka.Port, Listener = "PLAINTEXT" }] }],
    };

    private static StopReplicaRequest Stop(string topic) => new()
    {
        ControllerId = 0,
        ControllerEpoch = 1,
        TopicStates =
        [
            new() { TopicName = topic, PartitionStates = [new() { PartitionIndex = 0, LeaderEpoch = -2, DeletePartition = true }] },
        ],
    };

    private static FetchRequest Fetch(string topic, TopicId topicId, LeaderProtocol protocol) => new()
    {
        TopicIds = protocol.TopicIds,
        ReplicaId = Follower,
        MinBytes = 1,
        MaxWaitMs = 500,
        Topics =
        [
            new()
            {
                Topic = topic,
                TopicId = topicId,
                Partitions =
                [
                    new() { Partition = 0, CurrentLeaderEpoch = 3, FetchOffset = 0, LogStartOffset = 0, PartitionMaxBytes = 1 << 20 },
                ],
            },
        ],
    };

    private TopicId TopicIdOf(string topic)
    {
        using var talk = new Conversation(kafka.Port);
        return talk.Ask("id", 10, new MetadataRequest { Topics = [new() { Name = topic }] })!.Topics.Single().TopicId;
    }

    private static Task<T> On<T>(ILoop loop, Func<Task<T>> code) => new LoopTurns(loop).InTurn(code);

    /// <summary>Whoever asks it has not asked over the wire.</summary>
    private sealed class NoController : IControllerApi
    {
        public Task<AlterPartitionResponse> AlterPartition(AlterPartitionRequest request) => throw new NotSupportedException();

        public Task<ControlledShutdownResponse> ControlledShutdown(ControlledShutdownRequest request) => throw new NotSupportedException();

        public Task<AllocateProducerIdsResponse> AllocateProducerIds(AllocateProducerIdsRequest request)
            => throw new NotSupportedException();
    }
}
