using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Coordinators.Transactions;

/// <summary>
/// Carries transactions whose end is decided to their completion: once the decision is committed their partitions are told, and once all of
/// them have their markers that is written down. A decision that is in the log counts even where its producer was told otherwise, and one
/// that was found in the log at load is not acted upon before it is committed again. On its shard's loop.
/// </summary>
internal sealed class TransactionCompletion
{
    private const int RetryMs = 100;

    private readonly IShardContext<TransactionRecord> context;
    private readonly ITransactionMarkers markers;
    private readonly Func<string, TransactionMetadata?> find;
    private readonly Action<string, TransactionMetadata, Action<KafkaError>> write;
    private readonly CancellationTokenSource unloaded = new();
    /// <summary>Prepared, and not committed when last looked at.</summary>
    private readonly HashSet<string> untold = new(StringComparer.Ordinal);
    /// <summary>All partitions have their markers, but writing that down was refused.</summary>
    private readonly HashSet<string> told = new(StringComparer.Ordinal);
    private readonly ShardTimer retry;

    /// <param name="context">The shard's.</param>
    /// <param name="markers">How partitions are told.</param>
    /// <param name="find">The newest state of an id.</param>
    /// <param name="write">Writes the next state of an id.</param>
    public TransactionCompletion(
        IShardContext<TransactionRecord> context, ITransactionMarkers markers, Func<string, TransactionMetadata?> find,
        Action<string, TransactionMetadata, Action<KafkaError>> write)
    {
        (this.context, this.markers, this.find, this.write) = (context, markers, find, write);
        retry = context.CreateTimer(Retry);
    }

    /// <summary>An id's newest record, which may be null, is in the log.</summary>
    public void OnApplied(string transactionalId, TransactionMetadata? transaction)
    {
        told.Remove(transactionalId);
        if (transaction is { IsPrepared: true })
            untold.Add(transactionalId);
        else
            untold.Remove(transactionalId);
    }

    /// <summary>Tells of all decisions that are committed by now; looks again in a while at the others, and at what was refused.</summary>
    public void Advance()
    {
        Invariant.Holds(context.IsCurrent);
        if (untold.Count + told.Count == 0 || unloaded.IsCancellationRequested)
            return;
        context.RefreshHighWatermark();
        foreach (var id in untold.ToList())
            Tell(id);
        if (untold.Count + told.Count > 0 && !retry.IsArmed)
            retry.Arm(RetryMs);
    }

    public void Stop()
    {
        unloaded.Cancel();
        retry.Cancel();
    }

    private void Retry()
    {
        foreach (var id in told.ToList())
            Complete(id);
        Advance();
    }

    private void Tell(string id)
    {
        var transaction = find(id)!;
        if (transaction.RecordOffset >= context.Timeline.HighWatermark)
            return;
        untold.Remove(id);
        var ended = new EndedTransaction
        {
            TransactionalId = id,
            Producer = transaction.Producer,
            IsCommit = transaction.State == TransactionState.PrepareCommit,
            RaisesEpoch = transaction.RaisesEpoch,
            CoordinatorEpoch = context.LeaderEpoch,
            Partitions = transaction.Partitions,
        };
        markers.Write(ended, unloaded.Token, () => context.Post(() => OnWritten(id, transaction)));
    }

    private void OnWritten(string id, TransactionMetadata transaction)
    {
        // What is told of has been taken further by nobody else, because only its completion follows a decision.
        Invariant.Holds(find(id) == transaction);
        Complete(id);
    }

    private void Complete(string id)
    {
        told.Remove(id);
        write(id, find(id)!.Completed(context.NowMs), error =>
        {
            // The record may be in the log all the same; then it is not told of any more.
            if (error is not (KafkaError.None or KafkaError.NotCoordinator) && find(id) is { IsPrepared: true })
                told.Add(id);
        });
    }
}
