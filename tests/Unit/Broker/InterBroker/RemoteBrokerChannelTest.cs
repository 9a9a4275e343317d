using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Broker.InterBroker.Client;
using KafkaCompatBroker.Tests.Unit.Controller;
using KafkaCompatBroker.Tests.Unit.Controller.Channels;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

public sealed class RemoteBrokerChannelTest
{
    private static readonly LiveBroker broker = new(ClusterFixture.Info(2), new BrokerEpoch(5));

    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly RecordedLog log = new();
    private readonly RecordedAnswers answers = new();

    public RemoteBrokerChannelTest() => loop = world.Loops.Create("coordination");

    [Fact]
    public void Requests_go_in_order_at_the_dictated_versions_and_are_sent_again_until_the_broker_answers()
    {
        var channels = Channels("3.9", broker);
        Send(channels, new BrokerRequests(new LeaderAndIsrRequest(), new UpdateMetadataRequest(), new StopReplicaRequest()));
        world.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains(log.Lines, line => line.Contains("host2:9092: nobody listens on port 9092", StringComparison.Ordinal));
        Assert.Empty(answers.Answers);

        var peer = new FakePeer(world) { Answer = Answer };
        world.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([(ApiKey.LeaderAndIsr, 7), (ApiKey.UpdateMetadata, 8), (ApiKey.StopReplica, 4)], peer.Requests.Select(Named));
        Assert.Equal(["LeaderAndIsr", "UpdateMetadata", "StopReplica"], answers.Answers.Select(answer => answer.Api));
        Assert.Equal(1, peer.ConnectionCount);
        Assert.All(peer.Requests, request => Assert.Equal("1", request.Header.ClientId));
        Assert.Empty(world.Errors);
    }

    [Fact]
    public void An_older_protocol_has_its_versions_and_one_answer_for_both_of_its_StopReplica_requests()
    {
        var peer = new FakePeer(world) { Answer = Answer };
        var channel = world.Await(loop.Ask(() => new RemoteBrokerChannel(broker, BrokerClientsFixture.Of(world, "2.4"), loop)));
        var response = OnLoop(() => channel.Send(new StopReplicaRequest
        {
            TopicStates =
            [
                new()
                {
                    TopicName = "a",
                    PartitionStates = [new() { PartitionIndex = 0 }, new() { PartitionIndex = 1, DeletePartition = true }],
                },
            ],
        }));
        Assert.Equal([1, 0], response.PartitionErrors.Select(error => error.PartitionIndex));
        Assert.Equal([(ApiKey.StopReplica, 2), (ApiKey.StopReplica, 2)], peer.Requests.Select(Named));
        OnLoop(() => channel.Send(new LeaderAndIsrRequest()));
        OnLoop(() => channel.Send(new UpdateMetadataRequest()));
        Assert.Equal([(ApiKey.LeaderAndIsr, 4), (ApiKey.UpdateMetadata, 6)], peer.Requests.Skip(2).Select(Named));
    }

    [Fact]
    public void A_broker_without_the_brokers_listener_or_with_another_protocol_on_it_is_told_of()
    {
        var endpoint = ClusterFixture.Info(2).Endpoints.Single();
        AssertUndelivered(endpoint with { Listener = "CLIENTS" }, "broker 2 advertises no listener PLAINTEXT");
        AssertUndelivered(endpoint with { SecurityProtocol = SecurityProtocol.Ssl }, "listener PLAINTEXT of broker 2 asks for SSL");
    }

    [Fact]
    public void The_controllers_own_listener_is_taken_where_there_is_one()
    {
        var peer = new FakePeer(world, port: 9999) { Answer = Answer };
        var endpoint = ClusterFixture.Info(2).Endpoints.Single();
        var live = new LiveBroker(
            ClusterFixture.Info(2) with { Endpoints = [endpoint, endpoint with { Listener = "CONTROLLER", Port = 9999 }] }, broker.Epoch);
        var clients = BrokerClientsFixture.Of(world) with { ControllerListener = "CONTROLLER" };
        var channel = world.Await(loop.Ask(() => new RemoteBrokerChannel(live, clients, loop)));
        OnLoop(() => channel.Send(new UpdateMetadataRequest()));
        Assert.Single(peer.Requests);
    }

    [Fact]
    public void A_broker_that_is_gone_is_not_asked_any_more()
    {
        var peer = new FakePeer(world);
        var channels = Channels("3.9", broker);
        Send(channels, new BrokerRequests(new LeaderAndIsrRequest(), null, null));
        world.Await(loop.Ask(() =>
        {
            channels.Remove(broker.Id);
            return true;
        }));
        world.Advance(TimeSpan.FromMinutes(2));
        Assert.Single(peer.Requests);
        Assert.Empty(world.Network.Links);
    }

    [Fact]
    public void A_broker_that_has_moved_is_asked_where_it_is_now()
    {
        var peer = new FakePeer(world) { Answer = Answer };
        var endpoint = ClusterFixture.Info(2).Endpoints.Single();
        var elsewhere = new LiveBroker(ClusterFixture.Info(2) with { Endpoints = [endpoint with { Port = 9998 }] }, broker.Epoch);
        var channels = Channels("3.9", elsewhere);
        Send(channels, new BrokerRequests(new LeaderAndIsrRequest(), null, null));
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(peer.Requests);
        world.Await(loop.Ask(() =>
        {
            channels.Move(broker);
            return true;
        }));
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(peer.Requests);
    }

    private void AssertUndelivered(BrokerEndpoint endpoint, string expected)
    {
        Send(Channels("3.9", new LiveBroker(ClusterFixture.Info(2) with { Endpoints = [endpoint] }, new BrokerEpoch(5))),
            new BrokerRequests(new LeaderAndIsrRequest(), null, null));
        Assert.Contains(log.Lines, line => line.Contains(expected, StringComparison.Ordinal));
    }

    private BrokerChannels Channels(string protocol, LiveBroker live)
    {
        var clients = BrokerClientsFixture.Of(world, protocol);
        var channels = new BrokerChannels(loop, log, to => new RemoteBrokerChannel(to, clients, loop), answers);
        world.Await(loop.Ask(() =>
        {
            channels.Add(live);
            return true;
        }));
        return channels;
    }

    private void Send(BrokerChannels channels, BrokerRequests requests)
    {
        world.Await(loop.Ask(() =>
        {
            channels.Send(broker.Id, requests);
            return true;
        }));
        world.RunUntilIdle();
    }

    private static (ApiKey Api, int Version) Named(ReceivedRequest request) => (request.ApiKey, request.Version);

    private static byte[] Answer(ReceivedRequest request) => request.AnswerWith(request.ApiKey switch
    {
        ApiKey.LeaderAndIsr => new LeaderAndIsrResponse(),
        ApiKey.UpdateMetadata => new UpdateMetadataResponse(),
        _ => new StopReplicaResponse
        {
            PartitionErrors = [.. request.Decode<StopReplicaRequest>().Topics.SelectMany(topic => topic.PartitionIndexes.Select(
                partition => new StopReplicaResponse.StopReplicaPartitionError { TopicName = topic.Name, PartitionIndex = partition }))],
        },
    });

    private T OnLoop<T>(Func<Task<T>> code)
    {
        var result = default(T);
        world.Await(loop.Start(async () => result = await code()));
        return result!;
    }
}
