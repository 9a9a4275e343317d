using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Networks;
using KafkaCompatBroker.Tests.Unit.Controller.Channels;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

/// <summary>
/// A whole broker in a simulated world, and a controller elsewhere that was elected after the broker's own: its channel and the served side
/// of its requests, over a network that cuts connections.
/// </summary>
public sealed class CommandedOverTheWireTest
{
    private const int Port = 9092, Topics = 10, Seeds = 20;

    private static readonly LiveBroker target = new(
        new BrokerInfo
        {
            Id = new BrokerId(1),
            Endpoints =
            [
                new() { Listener = "PLAINTEXT", Host = "localhost", Port = Port, SecurityProtocol = SecurityProtocol.Plaintext },
            ],
        },
        BrokerEpoch.Unknown);

    [Theory]
    [InlineData("3.9")]
    [InlineData("2.2")]
    [InlineData("0.10.0")]
    public void A_controller_elsewhere_is_obeyed_in_order_whatever_the_network_does(string protocol)
    {
        for (var seed = 1; seed <= Seeds; seed++)
            Assert.Equal(Run(seed, protocol), Run(seed, protocol));
    }

    /// <summary>What the world's trace comes to.</summary>
    private static string Run(int seed, string protocol)
    {
        var world = new SimWorld(seed) { IsShuffling = true };
        var (log, answers) = (new RecordedLog(), new RecordedAnswers());
        var server = Start(world, log);
        world.Network.Weather = new LinkWeather { LatencyMax = TimeSpan.FromMilliseconds(5), PieceMaxBytes = 200 };
        var loop = world.Loops.Create("coordination-elsewhere");
        var clients = BrokerClientsFixture.Of(world, protocol);
        var channels = new BrokerChannels(loop, log, to => new RemoteBrokerChannel(to, clients, loop), answers);
        Do(loop, world, () => channels.Add(target));
        for (var topic = 0; topic < Topics; topic++)
        {
            var requests = new BrokerRequests(Lead($"topic-{topic}"), Tell($"topic-{topic}"), null);
            Do(loop, world, () => channels.Send(target.Id, requests));
            world.RunSteps(world.Random.Next(200));
            foreach (var link in world.Network.Links.Where(_ => world.Random.Next(2) == 0))
                link.Cut(world.Random.Next(100), world.Random.Next(100));
        }
        world.RunUntil(() => answers.Answers.Count == 2 * Topics);
        Assert.All(answers.Answers, answer => Assert.Equal(KafkaError.None, answer.Error));
        Assert.Equal(["LeaderAndIsr", "UpdateMetadata"], answers.Answers.Take(2).Select(answer => answer.Api));
        Do(loop, world, () => channels.Remove(target.Id));
        Assert.Equal(Topics, Leaders(world, loop, clients));
        world.Await(world.Start(server.Stop));
        Assert.Empty(world.Errors);
        Assert.DoesNotContain(log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        return $"{world.Trace}";
    }

    private static BrokerServer Start(SimWorld world, ILog log)
    {
        var properties = new Dictionary<string, string>
        {
            ["log.dirs"] = "/data",
            ["listeners"] = $"PLAINTEXT://127.0.0.1:{Port}",
            ["broker.id"] = "1",
        };
        var platform = new BrokerPlatform(world.Disk, world.Network, world.Loops, world.NewRandom(), log, "localhost", 1 << 30);
        BrokerServer? server = null;
        world.Await(world.Start(
            async () => server = await BrokerServer.Start(BrokerConfig.Parse(properties), platform, CancellationToken.None)));
        return server!;
    }

    /// <summary>How many of the topics a client is told the leader of.</summary>
    private static int Leaders(SimWorld world, ILoop loop, BrokerClients clients)
    {
        MetadataResponse? response = null;
        world.Await(loop.Start(async () =>
        {
            var address = BrokerAddress.Of(target.Id, "PLAINTEXT", ("localhost", Port, SecurityProtocol.Plaintext));
            using var client = clients.Create(() => address, "client", TimeSpan.FromSeconds(10), loop);
            response = await client.Send<MetadataRequest, MetadataResponse>(new MetadataRequest { Topics = null }, 9);
        }));
        return response!.Topics.Count(topic => topic.Partitions.Single() is { LeaderId: 1, ErrorCode: KafkaError.None });
    }

    private static LeaderAndIsrRequest Lead(string topic) => new()
    {
        ControllerId = 2,
        ControllerEpoch = 2,
        TopicStates =
        [
            new()
            {
                TopicName = topic,
                PartitionStates =
                [
                    new()
                    {
                        TopicName = topic, PartitionIndex = 0, ControllerEpoch = 2, Leader = 1, Isr = [1], Replicas = [1], IsNew = true,
                    },
                ],
            },
        ],
    };

    private static UpdateMetadataRequest Tell(string topic) => new()
    {
        ControllerId = 2,
        ControllerEpoch = 2,
        TopicStates =
        [
            new()
            {
                TopicName = topic,
                PartitionStates =
                [
                    new() { TopicName = topic, PartitionIndex = 0, ControllerEpoch = 2, Leader = 1, Isr = [1], Replicas = [1] },
                ],
            },
        ],
        LiveBrokers = [new() { Id = 1, Endpoints = [new() { Host = "localhost", Port = Port, Listener = "PLAINTEXT" }] }],
    };

    private static void Do(ILoop loop, SimWorld world, Action action) => world.Await(loop.Ask(() =>
    {
        action();
        return true;
    }));
}
