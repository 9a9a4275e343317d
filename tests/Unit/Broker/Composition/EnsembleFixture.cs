using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;
using KafkaCompatBroker.Tests.Simulation.World.Processes;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Broker.Composition;

/// <summary>Whole brokers in a simulated world that has an ensemble, each in a process of its own, and what a client asks them.</summary>
public sealed class EnsembleFixture(int serverCount = 1)
{
    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(6);

    private SimEnsemble? ensemble;

    internal SimWorld World { get; } = new(7);

    internal SimEnsemble Ensemble => ensemble ??= new SimEnsemble(World, serverCount);

    internal RecordedLog Log { get; } = new();

    /// <summary>Settings on top of the usual ones; a null takes one away.</summary>
    public Dictionary<string, string?> Settings { get; } = [];

    internal BrokerServer Start(SimProcess? process = null, int id = 1, int port = 9092, string? logDir = null)
        => Ask(() => BrokerServer.Start(Config(id, port, logDir), Platform(process), CancellationToken.None));

    /// <summary>The line that a start ends with.</summary>
    internal string Refusal(SimProcess? process = null, int id = 1, int port = 9092, string? logDir = null)
        => Assert.Throws<StartupError>(() => { Start(process, id, port, logDir); }).Message;

    internal BrokerConfig Config(int id = 1, int port = 9092, string? logDir = null)
    {
        var properties = new Dictionary<string, string?>
        {
            ["broker.id"] = $"{id}",
            ["listeners"] = $"PLAINTEXT://127.0.0.1:{port}",
            ["log.dirs"] = logDir ?? $"/data{id}",
            ["offsets.topic.replication.factor"] = "1",
            ["zookeeper.connect"] = Ensemble.ConnectString + "/kafka",
            ["zookeeper.session.timeout.ms"] = $"{SessionTimeout.TotalMilliseconds}",
        };
        foreach (var (name, value) in Settings)
            properties[name] = value;
        return BrokerConfig.Parse(properties.Where(setting => setting.Value is not null).ToDictionary(
            setting => setting.Key, setting => setting.Value!));
    }

    internal BrokerPlatform Platform(SimProcess? process = null) => process is null
        ? new(World.Disk, World.Network, World.Loops, World.NewRandom(), Log, "this-machine", 1 << 30)
        : new(process.Disk, process.Network, process, World.NewRandom(), Log, "this-machine", 1 << 30);

    internal void Stop(BrokerServer server) => World.Await(World.Start(server.Stop));

    /// <summary>Runs the code inside the world and gives its result.</summary>
    internal T Ask<T>(Func<Task<T>> code)
    {
        var result = default(T);
        World.Await(World.Start(async () => result = await code()));
        return result!;
    }

    internal KafkaError CreateTopic(string topic, int partitions = 1, int port = 9092, short replicas = 1)
        => Ask<CreateTopicsRequest, CreateTopicsResponse>(port, 5, new CreateTopicsRequest
        {
            TimeoutMs = 30_000,
            Topics = [new() { Name = topic, NumPartitions = partitions, ReplicationFactor = replicas }],
        }).Topics[0].ErrorCode;

    internal KafkaError Produce(string topic, short acks = -1, int port = 9092)
    {
        var batch = new RecordBatchBuilder();
        batch.Append(World.Time.GetUtcNow().ToUnixTimeMilliseconds(), null, "value"u8.ToArray());
        var data = new ProduceRequest.TopicProduceData { Name = topic };
        data.PartitionData.Add(new() { Index = 0, Records = new RecordBytes(batch.Build()) });
        var request = new ProduceRequest { Acks = acks, TimeoutMs = 10_000, TopicData = { data } };
        return Ask<ProduceRequest, ProduceResponse>(port, 9, request).Responses[0].PartitionResponses[0].ErrorCode;
    }

    internal MetadataResponse Metadata(string? topic = null, int port = 9092)
        => Ask<MetadataRequest, MetadataResponse>(
            port, 9, new MetadataRequest { Topics = topic is null ? [] : [new() { Name = topic }], AllowAutoTopicCreation = false });

    internal TResponse Ask<TRequest, TResponse>(int port, short version, TRequest request)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        var client = new KafkaConnection(World, World.Network.Connect(port));
        return Ask(async () => (await client.Ask<TRequest, TResponse>(request, version))!);
    }
}
