using System.Net;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.Handlers.Cluster;
using KafkaCompatBroker.Broker.Handlers.Configs;
using KafkaCompatBroker.Broker.Handlers.Topics;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Controller;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers;

/// <summary>
/// The topic handlers of broker 1, on a cluster of real controllers in a simulated world; broker 1's metadata are what its controller tells
/// it.
/// </summary>
public sealed partial class AdminFixture
{
    private readonly ClusterFixture cluster;
    private int appliedCount;

    public AdminFixture(int brokerCount = 1, params (string Key, string Value)[] settings)
    {
        cluster = ClusterFixture.Of(brokerCount);
        var world = cluster.World;
        var config = BrokerConfig.Parse(settings.ToDictionary(setting => setting.Key, setting => setting.Value));
        Config = new DynamicBrokerConfig(config, NoLog.Instance);
        Metadata = new MetadataCache(world.Loops.Create("metadata"));
        var loop = world.Loops.Create("topics");
        var files = new FileBudget(10_000, () => OpenFiles);
        var promised = new PromisedPartitions(files, partitionsMax: 100_000);
        var creation = new TopicCreation(loop, cluster.Topics, Metadata, Config, promised, world.NewRandom());
        AutoCreation = new AutoTopicCreation(creation, config, world.Time, NoLog.Instance);
        Describe = new MetadataHandler(Metadata, AutoCreation, config, new ClusterId("cluster-id"));
        CreateTopics = new CreateTopicsHandler(creation, Metadata, this);
        DeleteTopics = new DeleteTopicsHandler(cluster.Topics, Metadata, config, this);
        CreatePartitions = new CreatePartitionsHandler(
            new PartitionAddition(loop, cluster.Topics, Metadata, promised, world.NewRandom()), Metadata, this);
        ElectLeaders = new ElectLeadersHandler(Metadata, this);
        AlterReassignments = new AlterPartitionReassignmentsHandler(this);
        ListReassignments = new ListPartitionReassignmentsHandler(this);
        DescribeCluster = new DescribeClusterHandler(Metadata, new ClusterId("cluster-id"));
        DescribeConfigs = new DescribeConfigsHandler(Config, new BrokerId(1), cluster.Topics, Metadata, LogLevels);
        var store = new ConfigStore(cluster.Admin);
        AlterConfigs = new AlterConfigsHandler(Config, new BrokerId(1), store, Metadata, LogLevels, NoLog.Instance);
        IncrementalAlterConfigs = new IncrementalAlterConfigsHandler(Config, new BrokerId(1), store, Metadata, LogLevels, NoLog.Instance);
        DescribeTopicPartitions = new DescribeTopicPartitionsHandler(Metadata, config);
        Settle();
    }

    public ClusterFixture Cluster => cluster;
    /// <summary>How many files the broker has open, of the 10,000 that it may.</summary>
    public int OpenFiles { get; set; }
    public MetadataCache Metadata { get; }
    public DynamicBrokerConfig Config { get; }
    public LogLevels LogLevels { get; } = new();
    public AutoTopicCreation AutoCreation { get; }
    public IHandler<MetadataRequest, MetadataResponse> Describe { get; }
    public IHandler<CreateTopicsRequest, CreateTopicsResponse> CreateTopics { get; }
    public IHandler<DeleteTopicsRequest, DeleteTopicsResponse> DeleteTopics { get; }
    public IHandler<CreatePartitionsRequest, CreatePartitionsResponse> CreatePartitions { get; }
    public IHandler<ElectLeadersRequest, ElectLeadersResponse> ElectLeaders { get; }
    public IHandler<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse> AlterReassignments { get; }
    public IHandler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse> ListReassignments { get; }
    public IHandler<DescribeClusterRequest, DescribeClusterResponse> DescribeCluster { get; }
    public IHandler<DescribeConfigsRequest, DescribeConfigsResponse> DescribeConfigs { get; }
    public IHandler<AlterConfigsRequest, AlterConfigsResponse> AlterConfigs { get; }
    public IHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse> IncrementalAlterConfigs { get; }
    public IHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse> DescribeTopicPartitions { get; }
    public bool IsController { get; set; } = true;
    /// <summary>While set, what the controller tells does not arrive.</summary>
    public bool IsDeaf { get; set; }
    public string Listener { get; set; } = "PLAINTEXT";

    /// <summary>What a broker of that inter.broker.protocol.version knows of the cluster's features, read by now.</summary>
    public ClusterFeatures Features(string interBrokerProtocol = "3.9-IV0")
    {
        var loop = cluster.World.Loops.Create("features");
        var session = cluster.World.Await(cluster.Store.OpenSession());
        var features = new ClusterFeatures(
            session, new ZnodeWatchers(session, loop), loop, MetadataVersion.Of(interBrokerProtocol), NoLog.Instance,
            reason => Assert.Fail(reason));
        cluster.Run(features.Start);
        return features;
    }

    public TResponse Ask<TRequest, TResponse>(IHandler<TRequest, TResponse> handler, TRequest request)
        where TResponse : class
    {
        var asked = Begin(handler, request);
        for (var step = 0; !asked.IsCompleted && step < 10_000; step++)
            Settle();
        Assert.True(asked.IsCompletedSuccessfully, asked.Exception?.ToString() ?? "no answer");
        return asked.Result!;
    }

    public Task<TResponse?> Begin<TRequest, TResponse>(IHandler<TRequest, TResponse> handler, TRequest request)
        where TResponse : class
    {
        var context = new RequestContext { Listener = Listener, RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1) };
        var answer = new TaskCompletionSource<TResponse?>();
        cluster.World.Loops.Create("connection").Run(async () =>
        {
            try
            {
                answer.SetResult(await handler.Handle(request, context));
            }
            catch (Exception exception)
            {
                answer.SetException(exception);
            }
        });
        return answer.Task;
    }

    public CreateTopicsResponse.CreatableTopicResult Create(
        string name, int partitions = 1, short replicationFactor = 1, bool validateOnly = false, int timeoutMs = 1000, params (
            string Name, string? Value)[] settings)
        => Assert.Single(Ask(CreateTopics, new CreateTopicsRequest
        {
            TimeoutMs = timeoutMs,
            ValidateOnly = validateOnly,
            Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = replicationFactor, Configs = [.. settings.Select(
                setting => new CreateTopicsRequest.CreatableTopicConfig { Name = setting.Name, Value = setting.Value })] }],
        }).Topics);

    public CreateTopicsResponse.CreatableTopicResult CreateAssigned(string name, params (int Partition, int[] Replicas)[] assignment)
        => Assert.Single(Ask(CreateTopics, new CreateTopicsRequest
        {
            TimeoutMs = 1000,
            Topics =
            [
                new()
                {
                    Name = name, NumPartitions = -1, ReplicationFactor = -1,
                    Assignments = [.. assignment.Select(partition => new CreateTopicsRequest.CreatableReplicaAssignment
                    {
                        PartitionIndex = partition.Partition,
                        BrokerIds = [.. partition.Replicas],
                    })],
                },
            ],
        }).Topics);

    public MetadataResponse.MetadataResponseTopic DescribeTopic(string name, bool allowsCreation = false)
        => Assert.Single(Ask(Describe, new MetadataRequest
        {
            Topics = [new() { Name = name }],
            AllowAutoTopicCreation = allowsCreation,
            KnowsListenerNotFound = true,
            LooksUpTopicIds = true,
        }).Topics);

    /// <summary>Lets happen what is on its way, and ten milliseconds pass.</summary>
    public void Settle()
    {
        cluster.World.Advance(TimeSpan.FromMilliseconds(10));
        var told = IsDeaf ? [] : cluster.Brokers[1].UpdateMetadatas.Skip(appliedCount).ToList();
        foreach (var request in told)
            Metadata.Apply(request);
        appliedCount += told.Count;
        cluster.World.RunUntilIdle();
    }
}
