using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker;

/// <summary>One of two log dirs fails under a running broker. KIP-112.</summary>
public sealed class LostLogDirTest
{
    private const string Topic = "orders";
    private const int Port = 9092;

    private readonly SimWorld world = new(5);

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

    private void Start()
    {
        var properties = new Dictionary<string, string>
        {
            ["log.dirs"] = "/first,/second",
            ["listeners"] = $"PLAINTEXT://127.0.0.1:{Port}",
            ["broker.id"] = "1",
        };
        var platform = new BrokerPlatform(world.Disk, world.Network, world.Loops, world.NewRandom(), NoLog.Instance, "localhost", 1 << 30);
        world.Await(world.Start(() => BrokerServer.Start(BrokerConfig.Parse(properties), platform, CancellationToken.None)));
    }

    private void Create(KafkaConnection client, int partitionCount)
    {
        var request = new CreateTopicsRequest { TimeoutMs = 10_000 };
        request.Topics.Add(new() { Name = Topic, NumPartitions = partitionCount, ReplicationFactor = 1 });
        Assert.Equal(KafkaError.None, Ask<CreateTopicsRequest, CreateTopicsResponse>(client, request, 5).Topics[0].ErrorCode);
        world.RunUntilIdle();
    }

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
