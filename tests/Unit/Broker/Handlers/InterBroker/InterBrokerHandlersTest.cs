using System.Net;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Handlers.InterBroker;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Broker.InterBroker;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.InterBroker;

/// <summary>What the handlers add to what the controller's requests do: whom they obey, and the shape of answers.</summary>
public sealed class InterBrokerHandlersTest : IMarkerListener
{
    private const KafkaError Refused = KafkaError.ClusterAuthorizationFailed;

    private readonly CommandedBroker broker = new();
    private readonly ControllerWorld controllers = new();
    private readonly RecordedLog log = new();
    private readonly InterBrokerAccess access;

    public InterBrokerHandlersTest()
    {
        var world = broker.Cluster.World;
        var config = BrokerConfig.Parse(new Dictionary<string, string> { ["inter.broker.allowed.addresses"] = "10.0.0.1" });
        var addresses = new BrokerAddresses(
            new RegisteredBrokers(broker.Cluster.Admin), world.Network, world.Loops.Create("broker-addresses"), world.Time, log);
        access = new InterBrokerAccess(config, addresses, log);
    }

    [Fact]
    public void Who_is_no_broker_commands_nothing_and_is_told_so_for_each_partition_as_Kafka_tells_it()
    {
        var byId = CommandedBroker.Lead("orders");
        byId.AnswersByTopicId = true;
        var leaderAndIsr = AskAsStranger(LeaderAndIsr, byId);
        Assert.Equal((Refused, Refused), (leaderAndIsr.ErrorCode, leaderAndIsr.Topics.Single().PartitionErrors.Single().ErrorCode));
        leaderAndIsr = AskAsStranger(LeaderAndIsr, CommandedBroker.Lead("orders"));
        var partition = leaderAndIsr.PartitionErrors.Single();
        Assert.Equal(("orders", Refused), (partition.TopicName, partition.ErrorCode));
        Assert.Null(broker.Replicas.Find(new TopicPartition("orders", 0)));

        var stopReplica = AskAsStranger(new StopReplicaHandler(broker.Applier, access), new StopReplicaRequest
        {
            UngroupedPartitions = [new() { TopicName = "a", PartitionIndex = 1 }],
            Topics = [new() { Name = "b", PartitionIndexes = [2] }],
            TopicStates = [new() { TopicName = "c", PartitionStates = [new() { PartitionIndex = 3 }] }],
        });
        Assert.Equal(
            [("a", 1, Refused), ("b", 2, Refused), ("c", 3, Refused)],
            stopReplica.PartitionErrors.Select(error => (error.TopicName, error.PartitionIndex, error.ErrorCode)));
        Assert.Equal(Refused, stopReplica.ErrorCode);
        Assert.Equal(Refused, AskAsStranger(new UpdateMetadataHandler(broker.Applier, access), new UpdateMetadataRequest()).ErrorCode);
        Assert.Equal(Refused, AskAsStranger(new AlterPartitionHandler(controllers.Own, access), new AlterPartitionRequest()).ErrorCode);
        Assert.Equal(
            Refused, AskAsStranger(new ControlledShutdownHandler(controllers.Own, access), new ControlledShutdownRequest()).ErrorCode);
        Assert.Equal(
            Refused, AskAsStranger(new AllocateProducerIdsHandler(controllers.Own, access), new AllocateProducerIdsRequest()).ErrorCode);
        Assert.Empty(controllers.Own.Requests);
        var markers = AskAsStranger(new WriteTxnMarkersHandler(new MarkerWriter(broker.Replicas, this, TimeSpan.Zero), access), new()
        {
            Markers = [new() { ProducerId = 5, Topics = [new() { Name = "a", PartitionIndexes = [1] }] }],
        });
        Assert.Equal((5, Refused), (markers.Markers.Single().ProducerId, markers.Markers[0].Topics.Single().Partitions.Single().ErrorCode));
        Assert.Equal(8, log.Lines.Count(line => line.StartsWith("Warn request refused: api=", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_broker_is_obeyed()
    {
        broker.CreateTopic("orders", retentionMs: "1234");
        var request = CommandedBroker.Lead("orders");
        request.AnswersByTopicId = true;
        var response = Ask(LeaderAndIsr, request)!;
        Assert.Equal(new TopicId(7, 7), response.Topics.Single().TopicId);
        Assert.NotNull(broker.Replicas.Find(new TopicPartition("orders", 0)));
        Ask(new AlterPartitionHandler(controllers.Own, access), new AlterPartitionRequest());
        Ask(new ControlledShutdownHandler(controllers.Own, access), new ControlledShutdownRequest());
        Ask(new AllocateProducerIdsHandler(controllers.Own, access), new AllocateProducerIdsRequest());
        Assert.Equal(3, controllers.Own.Requests.Count);
    }

    [Fact]
    public void An_earlier_controller_is_told_so_for_each_partition_too()
    {
        Ask(LeaderAndIsr, CommandedBroker.Lead("orders", controllerEpoch: 2));
        var response = Ask(LeaderAndIsr, CommandedBroker.Lead("orders", controllerEpoch: 1))!;
        Assert.Equal(
            (KafkaError.StaleControllerEpoch, KafkaError.StaleControllerEpoch),
            (response.ErrorCode, response.PartitionErrors.Single().ErrorCode));
    }

    [Fact]
    public void Topics_without_an_id_are_answered_under_the_zero_id_where_the_version_answers_by_id()
    {
        var request = CommandedBroker.Lead("orders");
        request.TopicStates[0].TopicId = TopicId.Zero;
        Assert.Equal("orders", Ask(LeaderAndIsr, request)!.PartitionErrors.Single().TopicName);
        request.AnswersByTopicId = true;
        request.TopicStates[0].PartitionStates[0].LeaderEpoch = 1;
        var response = Ask(LeaderAndIsr, request)!;
        Assert.Empty(response.PartitionErrors);
        var topic = response.Topics.Single();
        Assert.Equal((TopicId.Zero, 0), (topic.TopicId, topic.PartitionErrors.Single().PartitionIndex));
    }

    [Fact]
    public void A_request_whose_settings_cannot_be_read_has_its_connection_closed_so_that_it_comes_again()
    {
        broker.CreateTopic("orders", retentionMs: "1234");
        broker.ZooKeeper.Failure = _ => ZkResult.ConnectionLoss;
        var context = Context("10.0.0.1");
        Assert.Null(Ask(LeaderAndIsr, CommandedBroker.Lead("orders"), context));
        Assert.True(context.IsCloseRequested);
        Assert.Null(broker.Replicas.Find(new TopicPartition("orders", 0)));
        broker.ZooKeeper.Failure = _ => null;
        Assert.Equal(KafkaError.None, Ask(LeaderAndIsr, CommandedBroker.Lead("orders"))!.ErrorCode);
        Assert.Equal(1234, broker.LogDirs.Find(new TopicPartition("orders", 0))!.Config.RetentionMs);
    }

    Task<KafkaError> IMarkerListener.MarkerWritten(TopicPartition partition, ProducerIdAndEpoch producer, bool isCommit, long offset)
        => throw new InvalidOperationException("no marker is to be written");

    private LeaderAndIsrHandler LeaderAndIsr => new(broker.Applier, access, log);

    private TResponse AskAsStranger<TRequest, TResponse>(IHandler<TRequest, TResponse> handler, TRequest request)
        where TResponse : class
        => Ask(handler, request, Context("10.0.0.9"))!;

    private TResponse? Ask<TRequest, TResponse>(IHandler<TRequest, TResponse> handler, TRequest request, RequestContext? context = null)
        where TResponse : class
        => broker.Cluster.Ask(() => handler.Handle(request, context ?? Context("10.0.0.1")).AsTask());

    private static RequestContext Context(string address) => new()
    {
        Listener = "PLAINTEXT",
        IsInterBroker = true,
        RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 40000),
    };
}
