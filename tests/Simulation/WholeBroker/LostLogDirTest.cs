using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker;

/// <summary>One of two log dirs fails under a running broker. KIP-112.</summary>
public sealed class LostLogDirTest
{
    private const string Topic = "orders";
    private const int Port = 9092;

    private SimWorld world = new(5);

    [Fact]
    public void Clients_learn_that_the_partitions_of_a_lost_log_dir_have_no_leader_and_the_others_go_on()
    {
        Start();
        var client = new KafkaConnection(world, world.Network.Connect(Port));
        Create(client, partitionCount: 4);
        Assert.All(Leaders(client), leader => Assert.Equal(1, leader));
        world.Disk.FailWrites(path => path.StartsWith("/second/", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        var errors = Enumerable.Range(0, 4).Select(partition => Produce(client, partition)).ToArray();
        world.RunUntilIdle();

        var leaders = Leaders(client);
        Assert.Equal(2, leaders.Count(leader => leader == -1));
        for (var partition = 0; partition < 4; partition++)
        {
            Assert.Equal(leaders[partition] == -1 ? KafkaError.KafkaStorageError : KafkaError.None, errors[partition]);
            Assert.Equal(leaders[partition] == -1 ? KafkaError.KafkaStorageError : KafkaError.None, Produce(client, partition));
        }
        Assert.Empty(world.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Last_log_dir_that_fails_while_a_topic_is_created_stops_the_broker_at_once(bool storeFailsToo)
    {
        var answers = new HashSet<KafkaError?>();
        for (var (call, fails) = (0, true); fails; call++)
        {
            world = new SimWorld(call);
            var server = Start("/first");
            var client = new KafkaConnection(world, world.Network.Connect(Port));
            world.Disk.Arm(new DiskFault(
                (_, path) => storeFailsToo || path.StartsWith($"/first/{Topic}", StringComparison.Ordinal), DiskErrorKind.InputOutput)
            {
                Skip = call,
            });
            CreateTopicsResponse? answer = null;
            _ = world.Start(async () => answer = await client.Ask<CreateTopicsRequest, CreateTopicsResponse>(Creation(4), 5));
            world.RunUntilIdle();
            answers.Add(answer?.Topics[0].ErrorCode);
            fails = server.Failed.IsCompleted;
            var failedAt = world.Time.GetUtcNow();

            world.Await(world.Start(server.Stop));

            Assert.InRange(world.Time.GetUtcNow() - failedAt, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            Assert.Empty(world.Errors);
        }
        // Who asks is told what became of the topic: it was made, or the store failed first; one who still waits then is cut off.
        Assert.Equal(storeFailsToo ? [KafkaError.KafkaStorageError, null, KafkaError.None] : [KafkaError.None], answers);
    }

    private BrokerServer Start(string logDirs = "/first,/second")
    {
        var properties = new Dictionary<string, string>
        {
            ["log.dirs"] = logDirs,
            ["listeners"] = $"PLAINTEXT://127.0.0.1:{Port}",
            ["broker.id"] = "1",
        };
        var platform = new BrokerPlatform(world.Disk, world.Network, world.Loops, world.NewRandom(), NoLog.Instance, "localhost", 1 << 30);
        BrokerServer? server = null;
        world.Await(world.Start(
            async () => server = await BrokerServer.Start(BrokerConfig.Parse(properties), platform, CancellationToken.None)));
        return server!;
    }

    private void Create(KafkaConnection client, int partitionCount)
    {
        var answer = Ask<CreateTopicsRequest, CreateTopicsResponse>(client, Creation(partitionCount), 5);
        Assert.Equal(KafkaError.None, answer.Topics[0].ErrorCode);
        world.RunUntilIdle();
    }

    private static CreateTopicsRequest Creation(int partitionCount) => new()
    {
        TimeoutMs = 30_000,
        Topics = [new() { Name = Topic, NumPartitions = partitionCount, ReplicationFactor = 1 }],
    };

    private int[] Leaders(KafkaConnection client)
    {
        var response = Ask<MetadataRequest, MetadataResponse>(client, new MetadataRequest { Topics = [new() { Name = Topic }] }, 9);
        return [.. response.Topics[0].Partitions.OrderBy(
            partition => partition.PartitionIndex).Select(partition => (int)partition.LeaderId)];
    }

    private KafkaError Produce(KafkaConnection client, int partition)
    {
        var batch = new RecordBatchBuilder();
        batch.Append(world.Time.GetUtcNow().ToUnixTimeMilliseconds(), null, "value"u8.ToArray());
        var request = new ProduceRequest { Acks = -1, TimeoutMs = 10_000 };
        var topic = new ProduceRequest.TopicProduceData { Name = Topic };
        topic.PartitionData.Add(new() { Index = partition, Records = new RecordBytes(batch.Build()) });
        request.TopicData.Add(topic);
        return Ask<ProduceRequest, ProduceResponse>(client, request, 9).Responses[0].PartitionResponses[0].ErrorCode;
    }

    private TResponse Ask<TRequest, TResponse>(KafkaConnection client, TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        TResponse? response = null;
        world.Await(world.Start(async () => response = await client.Ask<TRequest, TResponse>(request, version)));
        return response!;
    }
}
