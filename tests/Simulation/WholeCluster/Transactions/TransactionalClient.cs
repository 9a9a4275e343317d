using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;

/// <summary>What came of a step of a transaction.</summary>
internal enum Step
{
    Done,
    /// <summary>The time for it is over, or clients are to stop: the transaction can only be aborted.</summary>
    GivenUp,
    /// <summary>Another producer has the transactional id, or the coordinator has aborted the transaction at the end of its time.</summary>
    Fenced,
}

/// <summary>
/// A client with a transactional id, which it may share with others that fence it. It asks again until it has an answer, as Kafka's
/// producers do, and stands still now and then for longer than its transactions may take. Where an answer was lost, a request may be on its
/// way still and arrive in the next transaction: so the client takes a new epoch first, unless it takes one with each end and leaves it to
/// leaders to add partitions (<see cref="RaisesEpoch"/>). KIP-98, KIP-360, KIP-890.
/// </summary>
internal abstract class TransactionalClient(ClusterContext run, string name, string transactionalId) : KafkaClient(run, name)
{
    private static readonly TimeSpan StepTime = TimeSpan.FromSeconds(15);

    private readonly Dictionary<TopicPartition, int> nextSequences = [];
    private readonly HashSet<TopicPartition> added = [];
    private ProducerIdAndEpoch producer = ProducerIdAndEpoch.None;
    private int lives;
    private int transactions;
    private bool hasLostAnswer;
    private bool isCoordinatorKnown;
    /// <summary>Whether the transaction has begun for certain.</summary>
    private bool hasJoined;

    protected TransactionRun Transactions => run.Transactions!;

    /// <summary>This client since it was last given something to go by anew: what comes behind that is another producer.</summary>
    protected string Producer => $"{Name}.{lives}";

    protected string Transaction => $"{Producer}#{transactions}";

    protected ProducerIdAndEpoch ProducerId => producer;

    protected string TransactionalId => transactionalId;

    /// <summary>Whether it has transactions of version 2.</summary>
    private bool RaisesEpoch { get; } = run.Transactions!.RaisesEpoch(transactionalId);

    private int TimeoutMs { get; } = run.World.Random.Next(1500, 6000);

    public sealed override async Task Run()
    {
        while (!Context.IsStopping)
        {
            await Pause(300);
            if (producer.IsNone || (hasLostAnswer && !RaisesEpoch))
                await Initialize();
            else
                await Transact();
        }
    }

    /// <summary>It has just been given what it goes by. False when it has to begin anew.</summary>
    protected virtual Task<bool> Begin() => Task.FromResult(true);

    /// <summary>The transaction's content.</summary>
    protected abstract Task<Step> Fill();

    /// <summary>The transaction is over.</summary>
    /// <param name="isCommitted">Null when that is not known.</param>
    protected abstract void Ended(bool? isCommitted);

    /// <summary>Sends records to one partition, which joins the transaction first, and waits until they are there.</summary>
    protected async Task<Step> Produce(TopicPartition partition, IReadOnlyList<string> values)
    {
        if (added.Add(partition) && !RaisesEpoch && await Add(partition) is var step and not Step.Done)
            return step;
        foreach (var value in values)
            Transactions.History.AttemptedIn(Transaction, Producer, partition, value);
        var sequence = nextSequences.GetValueOrDefault(partition);
        nextSequences[partition] = sequence + values.Count;
        var request = ProduceCall.Request(
            partition, TopicId.Zero, -1, values, Context.Now.ToUnixTimeMilliseconds(), producer, sequence, transactionalId);
        ProduceResponse.PartitionProduceResponse? answer = null;
        var outcome = await Until(Peer.Leader(partition), "Produce", async () =>
        {
            answer = await Ask<ProduceRequest, ProduceResponse>(
                Peer.Leader(partition), request, (short)(RaisesEpoch ? 12 : 11)) is { } response
                ? ProduceCall.AnswerOf(response)
                : null;
            return answer?.ErrorCode;
        });
        if (outcome == Step.Done)
            Acknowledged(partition, answer!.BaseOffset, values);
        return outcome;
    }

    /// <summary>Commits offsets of a group within the transaction.</summary>
    protected async Task<Step> CommitOffsets(string group, IReadOnlyDictionary<TopicPartition, long> offsets)
        => !RaisesEpoch && await Join(group) is var joined and not Step.Done ? joined : await Commit(group, offsets);

    private Task<Step> Join(string group)
    {
        var join = new AddOffsetsToTxnRequest
        {
            TransactionalId = transactionalId,
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.Epoch,
            GroupId = group,
        };
        return UntilCoordinator("AddOffsetsToTxn", async () => (await Ask<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(
            Peer.TransactionCoordinator(transactionalId), join, 3))?.ErrorCode);
    }

    private async Task<Step> Commit(string group, IReadOnlyDictionary<TopicPartition, long> offsets)
    {
        var request = new TxnOffsetCommitRequest
        {
            TransactionalId = transactionalId,
            GroupId = group,
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.Epoch,
            GenerationId = -1,
            MemberId = "",
        };
        foreach (var topicOffsets in offsets.GroupBy(offset => offset.Key.Topic))
            request.Topics.Add(new()
            {
                Name = topicOffsets.Key,
                Partitions = [.. topicOffsets.Select(offset => new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition
                {
                    PartitionIndex = offset.Key.Partition,
                    CommittedOffset = offset.Value,
                })],
            });
        return await Until(Peer.Coordinator(group), "TxnOffsetCommit", async () =>
        {
            if (await FindCoordinator(group) is not KafkaError.None)
                return KafkaError.CoordinatorNotAvailable;
            var response = await Ask<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(
                Peer.Coordinator(group), request, (short)(RaisesEpoch ? 5 : 4));
            return response?.Topics.SelectMany(topic => topic.Partitions).Max(partition => partition.ErrorCode);
        });
    }

    private async Task Initialize()
    {
        if (await FindCoordinator() is not KafkaError.None)
            return;
        var expected = producer;
        var request = new InitProducerIdRequest
        {
            TransactionalId = transactionalId,
            TransactionTimeoutMs = TimeoutMs,
            ProducerId = expected.ProducerId,
            ProducerEpoch = expected.Epoch,
        };
        var response = await Ask<InitProducerIdRequest, InitProducerIdResponse>(
            Peer.TransactionCoordinator(transactionalId), request, 4, TimeSpan.FromSeconds(4));
        isCoordinatorKnown = response is { ErrorCode: KafkaError.None or KafkaError.ConcurrentTransactions };
        if (response is not { ErrorCode: KafkaError.None })
        {
            if (response is not null)
                Note("InitProducerId", response.ErrorCode);
            if (response is { ErrorCode: KafkaError.ProducerFenced or KafkaError.InvalidProducerEpoch })
                await BeginAnew();
            return;
        }
        producer = new ProducerIdAndEpoch(response.ProducerId, response.ProducerEpoch);
        hasLostAnswer = false;
        nextSequences.Clear();
        if (expected.IsNone)
        {
            lives++;
            transactions = 0;
        }
        Transactions.History.Initialized(Producer, transactionalId, producer);
        Context.Log.Tell($"{Producer} goes by {producer}");
        if (!await Begin())
            producer = ProducerIdAndEpoch.None;
    }

    private async Task Transact()
    {
        transactions++;
        added.Clear();
        hasJoined = false;
        var step = await Fill();
        if (step == Step.Done && added.Count == 0)
            return;
        if (step == Step.Done && Random.Next(25) == 0)
        {
            Context.Log.Tell($"{Transaction} is left open for long");
            await Pause(2 * TimeoutMs + 2000);
        }
        if (step == Step.Done && Random.Next(40) == 0)
        {
            Context.Log.Tell($"{Producer} dies");
            Vanish();
            step = Step.Fenced;
        }
        if (step != Step.Fenced)
            step = await End(isCommit: step == Step.Done && Random.Next(4) != 0);
        else
            Over(isCommitted: false);
        if (step != Step.Done)
            await BeginAnew();
    }

    private async Task<Step> End(bool isCommit)
    {
        var request = new EndTxnRequest
        {
            TransactionalId = transactionalId,
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.Epoch,
            Committed = isCommit,
        };
        if (isCommit)
            Transactions.History.AsksToCommit(Producer, transactionalId, Transaction);
        // Whether a request that was not answered so may have decided it.
        var mayBeDecided = false;
        EndTxnResponse? response = null;
        var step = await UntilCoordinator("EndTxn", async () =>
        {
            response = await Ask<EndTxnRequest, EndTxnResponse>(
                Peer.TransactionCoordinator(transactionalId), request, (short)(RaisesEpoch ? 5 : 3));
            mayBeDecided |= response is null or
            {
                ErrorCode: KafkaError.CoordinatorNotAvailable or KafkaError.NotCoordinator or KafkaError.RequestTimedOut
                    or KafkaError.UnknownServerError,
            };
            if (response is not { ErrorCode: KafkaError.InvalidTxnState })
                return response?.ErrorCode;
            // A producer that raises its epochs is told so when it was fenced. Where no partition has joined for certain there may be
            // nothing to abort.
            return RaisesEpoch && isCommit ? KafkaError.ProducerFenced
                : !RaisesEpoch && !isCommit && !hasJoined ? KafkaError.None
                : response.ErrorCode;
        });
        if (step == Step.Done)
        {
            Transactions.Decided(transactionalId);
            if (RaisesEpoch)
                GoOnAs(new ProducerIdAndEpoch(response!.ProducerId, response.ProducerEpoch));
        }
        if (!isCommit)
            Over(isCommitted: false);
        else if (step == Step.Done)
            Over(isCommitted: true);
        else
            Over(mayBeDecided || step == Step.GivenUp ? null : false);
        return step;
    }

    private void GoOnAs(ProducerIdAndEpoch next)
    {
        producer = next;
        nextSequences.Clear();
        Transactions.History.Initialized(Producer, transactionalId, producer);
    }

    private void Over(bool? isCommitted)
    {
        if (isCommitted is { } known)
            Transactions.History.Ended(Producer, Transaction, known);
        var end = isCommitted switch { true => "committed", false => "aborted", null => "committed or aborted" };
        Context.Log.Tell($"{Transaction} {end}");
        Transactions.Committed += isCommitted == true ? 1 : 0;
        Transactions.Aborted += isCommitted == false ? 1 : 0;
        Transactions.OfUnknownEnd += isCommitted is null ? 1 : 0;
        Ended(isCommitted);
        if (isCommitted == true)
            Progress();
    }

    /// <summary>It is another producer from now on, and leaves those that have its transactional id some time.</summary>
    private async Task BeginAnew()
    {
        producer = ProducerIdAndEpoch.None;
        Transactions.BegunAnew++;
        await Pause(5000);
    }

    private async Task<Step> Add(TopicPartition partition)
    {
        var request = new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = transactionalId,
            V3AndBelowProducerId = producer.ProducerId,
            V3AndBelowProducerEpoch = producer.Epoch,
            V3AndBelowTopics = [new() { Name = partition.Topic, Partitions = [partition.Partition] }],
        };
        var step = await UntilCoordinator("AddPartitionsToTxn", async () =>
        {
            var response = await Ask<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(
                Peer.TransactionCoordinator(transactionalId), request, 3);
            return response?.ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode;
        });
        hasJoined |= step == Step.Done;
        return step;
    }

    private void Acknowledged(TopicPartition partition, long baseOffset, IReadOnlyList<string> values)
    {
        foreach (var (index, value) in values.Index())
            Transactions.History.Acknowledged(Producer, partition, value, baseOffset + index);
        Context.History.Acknowledged(
            partition, baseOffset, [.. values.Select((value, index) => new SentRecord(value, Producer, index, isIdempotent: true))]);
    }

    private Task<Step> UntilCoordinator(string call, Func<Task<KafkaError?>> ask)
        => Until(Peer.TransactionCoordinator(transactionalId), call, async () =>
        {
            if (!isCoordinatorKnown && await FindCoordinator() is not KafkaError.None)
                return KafkaError.CoordinatorLoadInProgress;
            var error = await ask();
            isCoordinatorKnown = error is KafkaError.None or KafkaError.ConcurrentTransactions;
            return error;
        });

    /// <summary>Asks until it is done, or can be no more.</summary>
    private async Task<Step> Until(Peer peer, string call, Func<Task<KafkaError?>> ask)
    {
        var deadline = Context.Now + StepTime;
        while (Context.Now < deadline && !Context.IsStopping)
        {
            var error = await ask();
            hasLostAnswer |= error is null;
            switch (error)
            {
                case KafkaError.None:
                    return Step.Done;
                case KafkaError.ProducerFenced or KafkaError.InvalidProducerEpoch or KafkaError.InvalidProducerIdMapping:
                    Trouble($"{call}: {error}");
                    return Step.Fenced;
                case { } other:
                    Note(call, other);
                    break;
            }
            await Pause(200);
        }
        hasLostAnswer = true;
        Trouble($"{call} to {peer} given up");
        return Step.GivenUp;
    }

    private void Note(string call, KafkaError error)
    {
        Trouble($"{call}: {error}");
        if (!ClientErrors.IsTransient(error) && error is not (KafkaError.ConcurrentTransactions or KafkaError.OperationNotAttempted
            or KafkaError.ProducerFenced or KafkaError.InvalidProducerEpoch))
            throw new Violation($"{Producer} was refused with {error} by {call} in {Transaction}");
    }

    private Task<KafkaError?> FindCoordinator() => FindTransactionCoordinator(transactionalId);
}
