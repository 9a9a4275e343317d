using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Coordinators.Transactions;

/// <summary>
/// The transaction coordinator as handlers see it: finds a transactional id's partition of <c>__transaction_state</c> and runs the request
/// on that partition's shard. Called from any thread. How many partitions there are is fixed at start (from the topic, or the setting while
/// there is none): were it to change, ids would lose their transactions. KIP-98.
/// </summary>
public sealed class TransactionCoordinator : ICoordinator, IDisposable
{
    private readonly CoordinatorRuntime<TransactionShard, TransactionRecord> runtime;
    private readonly TransactionOptions options;
    private readonly ProducerIds producerIds;
    private readonly IDisposable abortion;
    private readonly IDisposable expiry;

    public TransactionCoordinator(
        TransactionOptions options, int partitionCount, ProducerIds producerIds, ITransactionMarkers markers, ILoops loops, ILog log)
    {
        Invariant.Holds(partitionCount > 0);
        PartitionCount = partitionCount;
        (this.options, this.producerIds) = (options, producerIds);
        var idCount = new TransactionalIdCount(options.IdsMax);
        runtime = new(new CoordinatorSettings<TransactionShard, TransactionRecord>
        {
            Name = "transaction",
            Loops = loops,
            Log = log,
            Codec = new TransactionRecordCodec(),
            CreateState = context => new TransactionShard(context, options, idCount, markers),
            CommitTimeoutMs = options.CommitTimeoutMs,
            LoadBufferBytes = options.LoadBufferBytes,
        });
        var loop = loops.Create("transaction-expiry");
        abortion = loop.ScheduleEach(
            TimeSpan.FromMilliseconds(options.AbortTimedOutIntervalMs), () => runtime.Tell(shard => shard.AbortTimedOut()));
        expiry = loop.ScheduleEach(
            TimeSpan.FromMilliseconds(options.RemoveExpiredIntervalMs), () => runtime.Tell(shard => shard.RemoveExpired()));
    }

    /// <summary>How many partitions <c>__transaction_state</c> has.</summary>
    public int PartitionCount { get; }

    /// <summary>The partition that holds an id: abs(Java's hash of it) modulo the partition count.</summary>
    public int PartitionFor(string transactionalId) => CoordinatorKey.PartitionFor(transactionalId, PartitionCount);

    /// <inheritdoc/>
    public void OnElected(ICoordinatorLog log, LeaderEpoch leaderEpoch) => runtime.OnElected(log, leaderEpoch);

    /// <inheritdoc/>
    public void OnResigned(int partition, LeaderEpoch? leaderEpoch) => runtime.OnResigned(partition, leaderEpoch);

    /// <summary>
    /// Gives a producer what it goes by, and fences all before it that had its transactional id. ConcurrentTransactions while the
    /// transaction of one of them ends; the producer asks again.
    /// </summary>
    public async Task<ProducerInitReply> Init(ProducerInit init)
    {
        if (init.TransactionalId.Length == 0)
            return ProducerInitReply.Failed(KafkaError.InvalidRequest);
        if (init.TimeoutMs <= 0 || init.TimeoutMs > options.MaxTimeoutMs)
            return ProducerInitReply.Failed(KafkaError.InvalidTransactionTimeout);
        var reply = await Init(init, null);
        return ReferenceEquals(reply, ProducerInitReply.NeedsProducerId) && await producerIds.Next() is { } producerId
            ? await Init(init, producerId)
            : reply;
    }

    /// <summary>Answered when the partitions are among the transaction's for certain.</summary>
    public Task<KafkaError> AddPartitions(PartitionsToAdd added)
        => added.TransactionalId.Length == 0
            ? Task.FromResult(KafkaError.InvalidRequest)
            : runtime.Ask<KafkaError>(
                PartitionFor(added.TransactionalId), (shard, reply) => shard.Add(added, reply), error => error);

    /// <summary>The errors stand in the order of the partitions.</summary>
    public Task<IReadOnlyList<KafkaError>> Verify(PartitionsToVerify asked)
    {
        IReadOnlyList<KafkaError> All(KafkaError error) => [.. Enumerable.Repeat(error, asked.Partitions.Count)];
        return asked.TransactionalId.Length == 0
            ? Task.FromResult(All(KafkaError.InvalidRequest))
            : runtime.Ask(PartitionFor(asked.TransactionalId), (shard, reply) => reply.Send(shard.Verify(asked)), All);
    }

    /// <summary>Answered when it is certain how the transaction ends.</summary>
    public async Task<TransactionEndReply> End(TransactionEnd end)
    {
        if (end.TransactionalId.Length == 0)
            return TransactionEndReply.Failed(KafkaError.InvalidRequest);
        var reply = await End(end, null);
        return ReferenceEquals(reply, TransactionEndReply.NeedsProducerId) && await producerIds.Next() is { } producerId
            ? await End(end, producerId)
            : reply;
    }

    public Task<TransactionDescription> Describe(string transactionalId)
        => transactionalId.Length == 0
            ? Task.FromResult(new TransactionDescription(KafkaError.InvalidRequest, null))
            : runtime.Ask<TransactionDescription>(
                PartitionFor(transactionalId), (shard, reply) => reply.Send(shard.Describe(transactionalId)), error => new(error, null));

    /// <summary>Those that this broker coordinates; CoordinatorLoadInProgress while some of them are loading.</summary>
    public async Task<TransactionList> List(TransactionFilter filter)
    {
        var replies = await runtime.AskAll<TransactionList>(
            (shard, reply) => reply.Send(new(KafkaError.None, shard.List(filter))), error => new(error, []));
        var error = replies.Select(reply => reply.Error).FirstOrDefault(
            error => error is not (KafkaError.None or KafkaError.NotCoordinator));
        return new(error, error == KafkaError.None ? [.. replies.SelectMany(reply => reply.Transactions)] : []);
    }

    /// <summary>The end: this broker coordinates no transaction from here on, and who waits is answered with NotCoordinator.</summary>
    public void Dispose()
    {
        abortion.Dispose();
        expiry.Dispose();
        runtime.Stop();
    }

    private Task<ProducerInitReply> Init(ProducerInit init, long? freshProducerId)
        => runtime.Ask<ProducerInitReply>(
            PartitionFor(init.TransactionalId), (shard, reply) => shard.Init(init, freshProducerId, reply), ProducerInitReply.Failed);

    private Task<TransactionEndReply> End(TransactionEnd end, long? freshProducerId)
        => runtime.Ask<TransactionEndReply>(
            PartitionFor(end.TransactionalId), (shard, reply) => shard.End(end, freshProducerId, reply), TransactionEndReply.Failed);
}
