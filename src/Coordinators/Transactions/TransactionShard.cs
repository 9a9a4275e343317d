using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Coordinators.Transactions;

/// <summary>
/// The state of one partition of <c>__transaction_state</c>: what each transactional id's newest record says. It changes in
/// <see cref="Apply"/> alone; requests are decided on by <see cref="TransactionRules"/>, and what they decide is written. An id whose
/// newest record is not committed is pending, and producers are told to ask again: nothing is built upon a record that another coordinator
/// might not find. On its shard's loop.
/// </summary>
internal sealed class TransactionShard : ICoordinatorState<TransactionRecord>
{
    private readonly IShardContext<TransactionRecord> context;
    private readonly TransactionOptions options;
    private readonly TransactionalIdCount idCount;
    private readonly TransactionCompletion completion;
    private readonly Dictionary<string, TransactionMetadata> transactions = new(StringComparer.Ordinal);
    private readonly HashSet<string> writing = new(StringComparer.Ordinal);

    public TransactionShard(
        IShardContext<TransactionRecord> context, TransactionOptions options, TransactionalIdCount idCount, ITransactionMarkers markers)
    {
        (this.context, this.options, this.idCount) = (context, options, idCount);
        completion = new TransactionCompletion(context, markers, Find, Write);
    }

    /// <param name="freshProducerId">One that nobody has; null asks whether one is needed.</param>
    public void Init(ProducerInit init, long? freshProducerId, Reply<ProducerInitReply> reply)
    {
        var id = init.TransactionalId;
        var current = Find(id);
        if (current is null && !idCount.HasRoom)
        {
            reply.Send(ProducerInitReply.Failed(KafkaError.CoordinatorNotAvailable));
            return;
        }
        if (TransactionRules.OnInit(current, IsPending(id, current), init, freshProducerId, context.NowMs) is not { } decision)
        {
            reply.Send(ProducerInitReply.NeedsProducerId);
            return;
        }
        Carry(id, decision, error => reply.Send(
            error == KafkaError.None ? new(error, decision.Next!.Producer) : ProducerInitReply.Failed(error)));
    }

    public void Add(PartitionsToAdd added, Reply<KafkaError> reply)
    {
        var current = Find(added.TransactionalId);
        Carry(
            added.TransactionalId,
            TransactionRules.OnAdd(current, IsPending(added.TransactionalId, current), added, context.NowMs),
            reply.Send);
    }

    public IReadOnlyList<KafkaError> Verify(PartitionsToVerify asked) => TransactionRules.OnVerify(Find(asked.TransactionalId), asked);

    /// <summary>Answered as soon as the decision is committed; the partitions hear of it after that.</summary>
    /// <param name="end">The producer's decision.</param>
    /// <param name="freshProducerId">One that nobody has; null asks whether one is needed.</param>
    /// <param name="reply">Told what came of it.</param>
    public void End(TransactionEnd end, long? freshProducerId, Reply<TransactionEndReply> reply)
    {
        var id = end.TransactionalId;
        var current = Find(id);
        var isPending = IsPending(id, current);
        var decided = end.RaisesEpoch
            ? EpochRaisingEnd.Decide(current, isPending, end, freshProducerId, context.NowMs)
            : TransactionRules.OnEnd(current, isPending, end, context.NowMs);
        if (decided is not { } decision)
        {
            reply.Send(TransactionEndReply.NeedsProducerId);
            return;
        }
        Carry(id, decision, error => reply.Send(
            error == KafkaError.None ? new(error, (decision.Next ?? current!).NextProducer) : TransactionEndReply.Failed(error)));
    }

    public TransactionDescription Describe(string transactionalId) => Find(transactionalId) is { } transaction
        ? new(KafkaError.None, transaction)
        : new(KafkaError.TransactionalIdNotFound, null);

    public IReadOnlyList<ListedTransaction> List(TransactionFilter filter)
    {
        var nowMs = context.NowMs;
        return
        [
            .. transactions.Where(entry => filter.Matches(entry.Key, entry.Value, nowMs))
                .Select(entry => new ListedTransaction(entry.Key, entry.Value.Producer.ProducerId, entry.Value.State)),
        ];
    }

    /// <summary>Aborts what has been open for longer than its producer said, and fences the producer.</summary>
    public void AbortTimedOut()
    {
        var nowMs = context.NowMs;
        foreach (var (id, transaction) in transactions.ToList())
        {
            if (transaction.State != TransactionState.Ongoing || IsPending(id, transaction)
                || transaction.StartMs + transaction.TimeoutMs >= nowMs)
                continue;
            context.Log.Info(
                "transaction", $"transactionalId={id} producerId={transaction.Producer.ProducerId} "
                + $"producerEpoch={transaction.Producer.Epoch} aborted: open for longer than {transaction.TimeoutMs} ms");
            Write(id, transaction.Fenced(nowMs), NoteRefusal);
        }
    }

    /// <summary>Forgets ids that have not been used for long.</summary>
    public void RemoveExpired()
    {
        var expiredMs = context.NowMs - options.IdExpirationMs;
        List<TransactionRecord> expired =
        [
            .. transactions.Where(
                entry => entry.Value.MayExpire && entry.Value.LastUpdateMs <= expiredMs && !IsPending(entry.Key, entry.Value))
                .Select(entry => new TransactionRecord(entry.Key, null)),
        ];
        if (expired.Count > 0)
            context.Log.Info("transaction", $"partition={context.Partition} removes {expired.Count} transactional ids reason=expiration");
        foreach (var batch in TombstoneBatches.Of(expired, tombstone => tombstone.TransactionalId.Length))
            Write(batch, NoteRefusal);
    }

    public void Apply(TransactionRecord record, RecordPosition position)
    {
        Invariant.Holds(context.IsCurrent);
        var wasKnown = transactions.ContainsKey(record.TransactionalId);
        if (record.Value is { } value)
            transactions[record.TransactionalId] = value with { RecordOffset = position.Offset };
        else
            transactions.Remove(record.TransactionalId);
        idCount.Change((record.Value is null ? 0 : 1) - (wasKnown ? 1 : 0));
        completion.OnApplied(record.TransactionalId, record.Value);
    }

    /// <summary>Nobody writes this topic in a transaction.</summary>
    public void ApplyMarker(ProducerIdAndEpoch producer, bool isCommit, long offset)
    {
    }

    public void OnLoaded() => completion.Advance();

    public void OnUnloaded()
    {
        completion.Stop();
        idCount.Change(-transactions.Count);
        transactions.Clear();
    }

    private TransactionMetadata? Find(string transactionalId) => transactions.GetValueOrDefault(transactionalId);

    private bool IsPending(string transactionalId, TransactionMetadata? current)
    {
        if (writing.Contains(transactionalId))
            return true;
        if (current is null || current.RecordOffset < context.Timeline.HighWatermark)
            return false;
        context.RefreshHighWatermark();
        return current.RecordOffset >= context.Timeline.HighWatermark;
    }

    private void Carry(string transactionalId, TransactionDecision decision, Action<KafkaError> answer)
    {
        if (decision.Next is { } next)
            Write(transactionalId, next, error => answer(error == KafkaError.None ? decision.Error : TransactionErrors.OfAppend(error)));
        else
            answer(decision.Error);
    }

    private void Write(string transactionalId, TransactionMetadata next, Action<KafkaError> outcome)
        => Write([new TransactionRecord(transactionalId, next)], outcome);

    private void Write(IReadOnlyList<TransactionRecord> records, Action<KafkaError> outcome)
    {
        foreach (var record in records)
            Invariant.Holds(writing.Add(record.TransactionalId));
        context.Write(records, error =>
        {
            foreach (var record in records)
                writing.Remove(record.TransactionalId);
            outcome(error);
            completion.Advance();
        });
    }

    /// <summary>For what nobody waits for: the next check finds it again.</summary>
    private void NoteRefusal(KafkaError error)
    {
        if (error is not (KafkaError.None or KafkaError.NotCoordinator))
            context.Log.Warn("transaction", $"partition={context.Partition} expiry not written error={error}");
    }
}
