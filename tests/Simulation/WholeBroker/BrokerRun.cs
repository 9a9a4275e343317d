using System.Globalization;
using System.Text;
using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Processes;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker;

/// <summary>
/// One life of a broker in a world: a client produces and commits while the broker is killed at moments drawn from the seed and started
/// again; at the end everything is read back. Keeps what was acknowledged, and what may or may not have been done.
/// </summary>
internal sealed class BrokerRun(int seed)
{
    private const string Topic = "orders";
    private const string Group = "readers";
    private const int Port = 9092;
    private const int RecordCount = 40;

    private readonly SimWorld world = new(seed);
    private readonly Dictionary<string, long> acknowledged = [];
    private readonly HashSet<string> sent = [];
    private SimProcess? process;
    private long committed = -1;
    private int kills;

    public string Trace => world.Trace.ToString();

    public int Kills => kills;

    public void Run()
    {
        Start();
        var killsWanted = world.Random.Next(4);
        var workload = world.Start(Work);
        while (!workload.IsCompleted)
        {
            world.RunSteps(world.Random.Next(1, 2_000));
            if (kills >= killsWanted || workload.IsCompleted)
                continue;
            kills++;
            process!.Kill();
            Start();
        }
        world.Await(workload);
        world.Await(world.Start(Check));
        Assert.Empty(world.Errors);
    }

    private void Start()
    {
        var properties = LocalDefaults.Properties();
        properties["listeners"] = $"PLAINTEXT://127.0.0.1:{Port}";
        properties["log.dirs"] = "/data";
        properties["offsets.topic.num.partitions"] = "2";
        properties["log.segment.bytes"] = "2000";
        process = world.CreateProcess();
        var platform = new BrokerPlatform(process.Disk, process.Network, process, world.NewRandom(), NoLog.Instance, "localhost", 1 << 30);
        world.Await(process.Start(() => BrokerServer.Start(BrokerConfig.Parse(properties), platform, CancellationToken.None)));
    }

    private async Task Work()
    {
        var client = await Connect();
        for (var number = 0; number < RecordCount; number++)
        {
            if (!await Produce(client, string.Create(CultureInfo.InvariantCulture, $"{seed}.{number}")))
                client = await Connect();
            if (number % 5 == 4 && !await Commit(client, number))
                client = await Connect();
        }
    }

    /// <summary>False when the connection is gone; what was sent on it may have been done or not.</summary>
    private async Task<bool> Produce(SimKafkaClient client, string value)
    {
        var metadata = await client.Ask<MetadataRequest, MetadataResponse>(
            new MetadataRequest { Topics = [new() { Name = Topic }], AllowAutoTopicCreation = true }, 12);
        if (metadata is null)
            return false;
        sent.Add(value);
        var batch = new RecordBatchBuilder();
        batch.Append(world.Time.GetUtcNow().ToUnixTimeMilliseconds(), null, Encoding.UTF8.GetBytes(value));
        var request = new ProduceRequest { Acks = -1, TimeoutMs = 10_000 };
        var topic = new ProduceRequest.TopicProduceData { Name = Topic };
        topic.PartitionData.Add(new() { Index = 0, Records = new RecordBytes(batch.Build()) });
        request.TopicData.Add(topic);
        var response = await client.Ask<ProduceRequest, ProduceResponse>(request, 9);
        if (response is null)
            return false;
        var partition = response.Responses[0].PartitionResponses[0];
        if (partition.ErrorCode == KafkaError.None)
            acknowledged.Add(value, partition.BaseOffset);
        return true;
    }

    private async Task<bool> Commit(SimKafkaClient client, long offset)
    {
        var coordinator = await client.Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new FindCoordinatorRequest { Key = Group }, 2);
        if (coordinator is null)
            return false;
        var request = new OffsetCommitRequest { GroupId = Group, GenerationIdOrMemberEpoch = -1 };
        var topic = new OffsetCommitRequest.OffsetCommitRequestTopic { Name = Topic };
        topic.Partitions.Add(new() { PartitionIndex = 0, CommittedOffset = offset });
        request.Topics.Add(topic);
        var response = await client.Ask<OffsetCommitRequest, OffsetCommitResponse>(request, 7);
        if (response is null)
            return false;
        if (response.Topics[0].Partitions[0].ErrorCode == KafkaError.None)
            committed = offset;
        return true;
    }

    private async Task Check()
    {
        // A run in which little was done would prove nothing.
        Assert.True(acknowledged.Count >= RecordCount / 2 && committed > 0);
        var client = await Connect();
        var read = await ReadAll(client);
        foreach (var (value, offset) in acknowledged)
            Assert.True(
                read.TryGetValue(offset, out var found) && found == value,
                $"seed {seed}: {value} was acknowledged at {offset}, where {found ?? "nothing"} is");
        Assert.All(read.Values, value => Assert.Contains(value, sent));
        Assert.Equal(read.Count, read.Values.Distinct().Count());
        Assert.Equal(Enumerable.Range(0, read.Count).Select(offset => (long)offset), read.Keys);
        if (committed >= 0)
            Assert.True(await CommittedOffset(client) >= committed, $"seed {seed}: the committed offset went back");
    }

    private async Task<SortedDictionary<long, string>> ReadAll(SimKafkaClient client)
    {
        var read = new SortedDictionary<long, string>();
        while (true)
        {
            var request = new FetchRequest { MaxWaitMs = 0, MinBytes = 0, MaxBytes = 1 << 20 };
            var topic = new FetchRequest.FetchTopic { Topic = Topic };
            topic.Partitions.Add(new() { Partition = 0, FetchOffset = read.Count, PartitionMaxBytes = 1 << 20 });
            request.Topics.Add(topic);
            var partition = (await client.Ask<FetchRequest, FetchResponse>(request, 12))!.Responses[0].Partitions[0];
            if (partition.ErrorCode is KafkaError.UnknownTopicOrPartition or KafkaError.NotLeaderOrFollower)
            {
                // A broker that has just started answers before its controller has told it what it leads; clients ask again. The world's
                // hour bounds it.
                await world.Pass(TimeSpan.FromMilliseconds(10));
                continue;
            }
            Assert.Equal(KafkaError.None, partition.ErrorCode);
            if (partition.Records is not { Length: > 0 } records)
                return read;
            Collect(records.Memory.Span, read);
        }
    }

    private static void Collect(ReadOnlySpan<byte> bytes, SortedDictionary<long, string> read)
    {
        foreach (var batch in new RecordBatchEnumerator(bytes))
        {
            foreach (var record in batch.Records())
                read.Add(batch.BaseOffset + record.OffsetDelta, Encoding.UTF8.GetString(record.Value));
        }
    }

    private static async Task<long> CommittedOffset(SimKafkaClient client)
    {
        while (true)
        {
            var request = new OffsetFetchRequest { GroupId = Group };
            request.Topics = [new() { Name = Topic, PartitionIndexes = [0] }];
            var response = (await client.Ask<OffsetFetchRequest, OffsetFetchResponse>(request, 7))!;
            // Loading takes a moment after a start.
            if (response.ErrorCode == KafkaError.None)
                return response.Topics[0].Partitions[0].CommittedOffset;
        }
    }

    private async Task<SimKafkaClient> Connect()
    {
        while (true)
        {
            try
            {
                return new SimKafkaClient(world.Network.Connect(Port));
            }
            catch (NetworkError)
            {
                // The broker is down and on its way back.
                await world.Pass(TimeSpan.FromMilliseconds(10));
            }
        }
    }
}
