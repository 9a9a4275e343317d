using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Broker.InterBroker.Client;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

/// <summary>Broker 1 asks; the metadata name broker 2 as controller, where a stand-in listens.</summary>
public sealed class AlterPartitionSenderTest
{
    private static readonly TopicId topicId = new(7, 7);

    private readonly ControllerWorld controllers = new();
    private readonly SimWorld world;

    public AlterPartitionSenderTest() => world = controllers.World;

    [Fact]
    public void What_waits_goes_together_and_one_request_is_under_way()
    {
        var sender = Sender("3.9");
        controllers.Two.Answer = _ => null;
        var first = sender.Propose(Proposal("a", 0));
        world.RunUntilIdle();
        var others = new[] { sender.Propose(Proposal("a", 1)), sender.Propose(Proposal("b", 0)) };
        world.RunUntilIdle();
        Assert.Single(controllers.Two.Requests);
        controllers.Two.Answer = Grant;
        controllers.Two.CloseConnections();
        foreach (var decision in others.Append(first).Select(world.Await))
            Assert.Equal((KafkaError.None, 5, 9), (decision.Error, decision.LeaderEpoch.Value, decision.PartitionEpoch.Value));
        Assert.Equal([1, 3], controllers.Two.Requests.Select(request => Partitions(request).Count));
        Assert.All(controllers.Two.Requests, request => Assert.Equal((ApiKey.AlterPartition, 3), (request.ApiKey, request.Version)));
        var sent = controllers.Two.Requests[0].Decode<AlterPartitionRequest>();
        Assert.Equal((1, 77), (sent.BrokerId, sent.BrokerEpoch));
        Assert.Equal([(1, -1L), (2, -1L)], Partitions(controllers.Two.Requests[0]).Single().NewIsrWithEpochs.Select(
            member => (member.BrokerId, member.BrokerEpoch)));
    }

    [Theory]
    [InlineData("3.4", 2)]
    [InlineData("3.2", 1)]
    [InlineData("2.8", 0)]
    public void Older_protocols_name_brokers_alone_and_the_oldest_topics_by_name(string protocol, int version)
    {
        controllers.Two.Answer = Grant;
        world.Await(Sender(protocol).Propose(Proposal("a", 0)));
        var request = controllers.Two.Requests.Single();
        Assert.Equal((short)version, request.Version);
        Assert.Equal([1, 2], Partitions(request).Single().NewIsr);
    }

    [Fact]
    public void A_topic_without_an_id_is_named()
    {
        controllers.Two.Answer = Grant;
        world.Await(Sender("3.9").Propose(Proposal("a", 0) with { TopicId = TopicId.Zero }));
        Assert.Equal((1, "a"), (
            controllers.Two.Requests.Single().Version,
            controllers.Two.Requests.Single().Decode<AlterPartitionRequest>().Topics.Single().TopicName));
    }

    [Fact]
    public void A_partitions_error_is_its_decision_but_for_a_controller_that_is_none()
    {
        var asked = 0;
        controllers.Two.Answer = request => Answer(request, _ => asked++ == 0 ? KafkaError.NotController : KafkaError.FencedLeaderEpoch);
        Assert.Equal(KafkaError.FencedLeaderEpoch, world.Await(Sender("3.9").Propose(Proposal("a", 0))).Error);
        Assert.Equal(2, asked);
    }

    [Fact]
    public void A_request_that_is_refused_as_a_whole_goes_again_until_it_is_not()
    {
        var asked = 0;
        controllers.Two.Answer = request => ++asked < 5
            ? request.AnswerWith(new AlterPartitionResponse { ErrorCode = KafkaError.StaleBrokerEpoch })
            : Grant(request);
        Assert.Equal(KafkaError.None, world.Await(Sender("3.9").Propose(Proposal("a", 0))).Error);
        Assert.Equal(5, asked);
        Assert.Single(controllers.Log.Lines, line => line.Contains("StaleBrokerEpoch", StringComparison.Ordinal));
    }

    [Fact]
    public void A_partition_that_the_answer_lacks_goes_again()
    {
        var asked = 0;
        controllers.Two.Answer = request => ++asked == 1 ? request.AnswerWith(new AlterPartitionResponse()) : Grant(request);
        Assert.Equal(KafkaError.None, world.Await(Sender("3.9").Propose(Proposal("a", 0))).Error);
        Assert.Equal(2, asked);
    }

    [Fact]
    public void A_controller_that_has_moved_is_found_by_the_metadata_or_in_ZooKeeper()
    {
        controllers.Two.Answer = request => request.AnswerWith(new AlterPartitionResponse { ErrorCode = KafkaError.NotController });
        var proposed = Sender("3.9").Propose(Proposal("a", 0));
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.False(proposed.IsCompleted);
        // ZooKeeper names this broker before the metadata do.
        controllers.InZooKeeper = new BrokerId(1);
        Assert.Equal(KafkaError.None, world.Await(proposed).Error);
        Assert.Single(controllers.Own.Requests);
        Assert.InRange(controllers.Two.Requests.Count, 9, 12);
    }

    [Fact]
    public void A_later_proposal_for_the_partition_takes_the_place_of_the_one_before()
    {
        var sender = Sender("3.9");
        controllers.Two.Answer = _ => null;
        var first = sender.Propose(Proposal("a", 0));
        world.RunUntilIdle();
        var second = sender.Propose(Proposal("a", 0) with { LeaderEpoch = new LeaderEpoch(6) });
        Assert.Equal(KafkaError.OperationNotAttempted, world.Await(first).Error);
        controllers.Two.Answer = Grant;
        controllers.Two.CloseConnections();
        Assert.Equal(KafkaError.None, world.Await(second).Error);
        Assert.Equal(6, Partitions(controllers.Two.Requests.Last()).Single().LeaderEpoch);
    }

    private AlterPartitionSender Sender(string protocol)
    {
        var loop = world.Loops.Create("alter-partition");
        return new AlterPartitionSender(
            controllers.Channel(loop, protocol), new BrokerId(1), () => new BrokerEpoch(77), MetadataVersion.Of(protocol), loop,
            controllers.Log);
    }

    private static IsrProposal Proposal(string topic, int partition) => new(
        new TopicPartition(topic, partition), topicId, new LeaderEpoch(5), new PartitionEpoch(8), [new BrokerId(1), new BrokerId(2)]);

    private static List<AlterPartitionRequest.PartitionData> Partitions(ReceivedRequest request)
        => [.. request.Decode<AlterPartitionRequest>().Topics.SelectMany(topic => topic.Partitions)];

    private static byte[] Grant(ReceivedRequest request) => Answer(request, _ => KafkaError.None);

    private static byte[] Answer(ReceivedRequest request, Func<int, KafkaError> error)
        => request.AnswerWith(ControllerWorld.Answer(request.Decode<AlterPartitionRequest>(), error));
}

/// <summary>Broker 1 in a simulated world, its own controller, and a stand-in for broker 2, which the metadata call controller.</summary>
internal sealed class ControllerWorld
{
    private readonly MetadataCache metadata;

    public ControllerWorld()
    {
        Two = new FakePeer(World);
        metadata = new MetadataCache(World.Loops.Create("metadata"));
        Learn(controller: 2);
    }

    public SimWorld World { get; } = new(1);
    public FakePeer Two { get; }
    public RecordedLog Log { get; } = new();
    public OwnController Own { get; } = new();
    public BrokerId InZooKeeper { get; set; } = BrokerId.None;

    /// <summary>Broker 1 is told who is controller, and that brokers 1 and 2 are live.</summary>
    public void Learn(int controller) => World.Await(metadata.Apply(new UpdateMetadataRequest
    {
        ControllerId = controller,
        LiveBrokers = [.. new[] { 1, 2 }.Select(id => new UpdateMetadataRequest.UpdateMetadataBroker
        {
            Id = id,
            Endpoints = [new() { Host = $"host{id}", Port = 9092, Listener = "PLAINTEXT" }],
        })],
    }));

    public ControllerChannel Channel(ILoop loop, string protocol = "3.9", string clientId = "broker-1-test")
        => new(BrokerClientsFixture.Of(World, protocol), metadata, () => InZooKeeper, () => Own, clientId, loop);

    public static AlterPartitionResponse Answer(AlterPartitionRequest request, Func<int, KafkaError> error) => new()
    {
        Topics = [.. request.Topics.Select(topic => new AlterPartitionResponse.TopicData
        {
            TopicName = topic.TopicName,
            TopicId = topic.TopicId,
            Partitions = [.. topic.Partitions.Select(partition => new AlterPartitionResponse.PartitionData
            {
                PartitionIndex = partition.PartitionIndex,
                ErrorCode = error(partition.PartitionIndex),
                LeaderEpoch = partition.LeaderEpoch,
                PartitionEpoch = partition.PartitionEpoch + 1,
                Isr = [1, 2],
            })],
        })],
    };

    /// <summary>Broker 1's controller: grants what it is asked, and keeps it.</summary>
    internal sealed class OwnController : IControllerApi
    {
        public List<object> Requests { get; } = [];

        public Task<AlterPartitionResponse> AlterPartition(AlterPartitionRequest request)
        {
            Requests.Add(request);
            return Task.FromResult(Answer(request, _ => KafkaError.None));
        }

        public Task<ControlledShutdownResponse> ControlledShutdown(ControlledShutdownRequest request)
        {
            Requests.Add(request);
            return Task.FromResult(new ControlledShutdownResponse());
        }

        public Task<AllocateProducerIdsResponse> AllocateProducerIds(AllocateProducerIdsRequest request)
        {
            Requests.Add(request);
            return Task.FromResult(new AllocateProducerIdsResponse { ProducerIdStart = 3000, ProducerIdLen = 1000 });
        }
    }
}
