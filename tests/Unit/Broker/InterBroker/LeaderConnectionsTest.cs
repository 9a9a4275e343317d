using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Broker.InterBroker.Client;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

public sealed class LeaderConnectionsTest
{
    private static readonly BrokerId leader = new(2);

    private readonly SimWorld world = new(1);
    private readonly MetadataCache metadata;
    private readonly FakePeer peer;

    public LeaderConnectionsTest()
    {
        metadata = new MetadataCache(world.Loops.Create("metadata"));
        peer = new FakePeer(world) { Answer = request => request.AnswerWith(new FetchResponse()) };
    }

    [Fact]
    public void A_leader_that_is_not_known_yet_fails_the_request_and_is_asked_once_it_is()
    {
        using var connection = Connect("3.9");
        Assert.Contains(
            "broker 2 is not among the live brokers",
            Assert.Throws<LeaderUnreachable>(() => world.Await(connection.Fetch(new FetchRequest()))).Message, StringComparison.Ordinal);
        LearnOfLeader();
        world.Await(connection.Fetch(new FetchRequest())).Dispose();
        Assert.Equal("broker-1-fetcher-0", peer.Requests.Single().Header.ClientId);
    }

    [Fact]
    public void A_fetch_has_the_replica_where_its_version_wants_it()
    {
        LearnOfLeader();
        using var connection = Connect("3.9");
        var byId = new FetchRequest { TopicIds = true, ReplicaState = new() { ReplicaId = 1, ReplicaEpoch = 5 } };
        world.Await(connection.Fetch(byId)).Dispose();
        var byName = new FetchRequest { TopicIds = false, ReplicaState = new() { ReplicaId = 1, ReplicaEpoch = 5 } };
        world.Await(connection.Fetch(byName)).Dispose();
        Assert.Equal([17, 12], peer.Requests.Select(request => (int)request.Version));
        var received = peer.Requests.Select(request => request.Decode<FetchRequest>()).ToList();
        Assert.Equal((-1, 1, 5), (received[0].ReplicaId, received[0].ReplicaState.ReplicaId, received[0].ReplicaState.ReplicaEpoch));
        Assert.Equal((1, -1), (received[1].ReplicaId, received[1].ReplicaState.ReplicaId));
    }

    [Fact]
    public void The_oldest_protocol_answers_with_a_list_of_offsets_of_which_the_first_is_meant()
    {
        LearnOfLeader();
        peer.Answer = request => request.AnswerWith(new ListOffsetsResponse
        {
            Topics = [new() { Name = "orders", Partitions = [new() { OldStyleOffsets = [42] }] }],
        });
        using var connection = Connect("0.10.0");
        var response = world.Await(connection.ListOffsets(new ListOffsetsRequest { ReplicaId = 1 }));
        Assert.Equal((0, 42L), (peer.Requests.Single().Version, response.Topics.Single().Partitions.Single().Offset));
    }

    [Theory]
    [InlineData("3.9", true, true, true, true)]
    [InlineData("3.5-IV0", true, false, true, true)]
    [InlineData("3.0", false, false, true, true)]
    [InlineData("2.7-IV0", false, false, false, true)]
    [InlineData("0.11.0-IV1", false, false, false, false)]
    public void What_requests_carry_follows_from_the_protocol(string protocol, bool topicIds, bool replicaStates, bool diverging, bool ends)
    {
        using var connection = Connect(protocol);
        Assert.Equal(
            new LeaderProtocol { TopicIds = topicIds, ReplicaStates = replicaStates, DivergingEpochs = diverging, EpochEndOffsets = ends },
            connection.Protocol);
    }

    [Fact]
    public void Closing_fails_what_is_under_way()
    {
        LearnOfLeader();
        peer.Answer = _ => null;
        var connection = Connect("3.9");
        var fetch = connection.Fetch(new FetchRequest());
        world.RunUntilIdle();
        connection.Dispose();
        Assert.Throws<LeaderUnreachable>(() => world.Await(fetch));
        Assert.Empty(world.Errors);
    }

    private ILeaderConnection Connect(string protocol)
        => new LeaderConnections(BrokerClientsFixture.Of(world, protocol), metadata).Connect(leader, 0);

    private void LearnOfLeader() => world.Await(metadata.Apply(new UpdateMetadataRequest
    {
        LiveBrokers = [new() { Id = 2, Endpoints = [new() { Host = "host2", Port = 9092, Listener = "PLAINTEXT" }] }],
    }));
}
