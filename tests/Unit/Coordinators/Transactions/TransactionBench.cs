using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Coordinators.Transactions.Records;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Transactions;

/// <summary>
/// A transaction coordinator of one partition in a simulated world; markers are kept, and written when the test says so.
/// </summary>
internal sealed class TransactionBench : ITransactionMarkers
{
    public const string Id = "transfers";
    public const int TimeoutMs = 60_000;
    public static readonly TopicPartition Orders0 = new("orders", 0);
    public static readonly TopicPartition Orders1 = new("orders", 1);

    public static readonly TransactionOptions DefaultOptions
        = BrokerConfig.Parse(new Dictionary<string, string>()).ToTransactionOptions(1L << 30);

    private readonly TransactionOptions options;
    private readonly int partitionCount;
    private long nextProducerIdBlock;

    public TransactionBench(TransactionOptions? options = null, int partitionCount = 1)
    {
        this.options = options ?? DefaultOptions;
        this.partitionCount = partitionCount;
        World = new SimWorld(1);
        Log = new MemoryCoordinatorLog(World.Loops, new LeaderEpoch(3));
        ProducerIds = new ProducerIds(World.Loops.Create("producer-ids"), Allocate, NoLog.Instance);
        Coordinator = NewCoordinator();
        Elect();
    }

    public SimWorld World { get; }
    public MemoryCoordinatorLog Log { get; }
    public ProducerIds ProducerIds { get; }
    public TransactionCoordinator Coordinator { get; private set; }

    /// <summary>What was to be told, with whether its coordinator is still loaded and how to say that it was.</summary>
    public List<(EndedTransaction Ended, CancellationToken Unloaded, Action Written)> Markers { get; } = [];

    /// <summary>Has markers written as soon as they are to be.</summary>
    public bool WritesMarkers { get; set; } = true;

    /// <summary>No block of producer ids is to be had.</summary>
    public bool HasProducerIds { get; set; } = true;

    /// <summary>The newest record of the id.</summary>
    public TransactionMetadata? Newest(string id = Id) => Records(id)[^1].Value;

    public List<TransactionRecord> Records(string id = Id)
    {
        var codec = new TransactionRecordCodec();
        return [.. Log.Batches.SelectMany(batch => batch.Records)
            .Select(record => codec.Decode(record.Key!, record.Value, out _)!).Where(record => record.TransactionalId == id)];
    }

    public void Write(EndedTransaction ended, CancellationToken unloaded, Action written)
    {
        Markers.Add((ended, unloaded, written));
        if (WritesMarkers)
            written();
    }

    public void Elect()
    {
        Coordinator.OnElected(Log, Log.LeaderEpoch);
        World.RunUntilIdle();
    }

    /// <summary>Another broker takes over what the log holds.</summary>
    public void MoveToNewCoordinator()
    {
        Coordinator.OnResigned(0, null);
        World.RunUntilIdle();
        Coordinator.Dispose();
        Log.LeaderEpoch = new LeaderEpoch(Log.LeaderEpoch.Value + 1);
        Coordinator = NewCoordinator();
        Elect();
    }

    public ProducerInitReply Init(ProducerIdAndEpoch? expected = null, int timeoutMs = TimeoutMs, string id = Id)
        => Asked(() => Coordinator.Init(new ProducerInit(id, timeoutMs, expected)));

    /// <summary>What is listed now.</summary>
    public TransactionList List(TransactionFilter filter) => Asked(() => Coordinator.List(filter));

    /// <summary>A producer that begins, or takes over.</summary>
    public ProducerIdAndEpoch Begin(string id = Id)
    {
        var reply = Init(id: id);
        Assert.Equal(KafkaError.None, reply.Error);
        return reply.Producer;
    }

    public KafkaError Add(ProducerIdAndEpoch producer, params TopicPartition[] partitions)
        => Now(Coordinator.AddPartitions(new PartitionsToAdd(Id, producer, partitions.Length == 0 ? [Orders0] : partitions)));

    /// <summary>The leader of <see cref="Orders0"/> adds it for a producer that does not. KIP-890.</summary>
    public KafkaError AddByLeader(ProducerIdAndEpoch producer)
        => Now(Coordinator.AddPartitions(new PartitionsToAdd(Id, producer, [Orders0], ByLeader: true)));

    public KafkaError End(ProducerIdAndEpoch producer, bool isCommit = true)
        => Asked(() => Coordinator.End(new TransactionEnd(Id, producer, isCommit))).Error;

    /// <summary>The end of a producer that takes another epoch with it.</summary>
    public TransactionEndReply EndAndRaise(ProducerIdAndEpoch producer, bool isCommit = true)
        => Asked(() => Coordinator.End(new TransactionEnd(Id, producer, isCommit, RaisesEpoch: true)));

    public IReadOnlyList<KafkaError> Verify(ProducerIdAndEpoch producer, params TopicPartition[] partitions)
        => Now(Coordinator.Verify(new PartitionsToVerify(Id, producer, partitions)));

    public TransactionState? State(string id = Id) => Now(Coordinator.Describe(id)).Transaction?.State;

    /// <summary>The answer, which must not need the clock to move.</summary>
    public T Now<T>(Task<T> task)
    {
        World.RunUntilIdle();
        Assert.True(task.IsCompleted, "still waits");
        return task.GetAwaiter().GetResult();
    }

    /// <summary>The answer to what goes on behind its awaits, which it does in the world.</summary>
    private T Asked<T>(Func<Task<T>> ask)
    {
        Task<T>? asked = null;
        World.Start(async () => await (asked = ask()));
        World.RunUntilIdle();
        return Now(asked!);
    }

    public bool Waits<T>(Task<T> task)
    {
        World.RunUntilIdle();
        return !task.IsCompleted;
    }

    private Task<ProducerIdBlock?> Allocate()
    {
        var first = nextProducerIdBlock;
        nextProducerIdBlock += ProducerIdBlock.Size;
        return Task.FromResult<ProducerIdBlock?>(HasProducerIds ? new(first, first + ProducerIdBlock.Size - 1) : null);
    }

    private TransactionCoordinator NewCoordinator()
        => new(options, partitionCount, ProducerIds, this, World.Loops, NoLog.Instance);
}
