namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// What became of a deletion of records. The log's start is raised also behind RequestTimedOut, and may be behind NotLeaderOrFollower of a
/// deletion that has waited.
/// </summary>
/// <param name="LowWatermark">
/// The least log start offset of the live replicas, −1 while one of them has not said; −1 on every error but RequestTimedOut.
/// </param>
public readonly record struct DeletionOutcome(KafkaError Error, long LowWatermark)
{
    public static DeletionOutcome Failed(KafkaError error) => new(error, -1);
}

/// <summary>
/// One deletion of the records before an offset. It is the work item that the partition's loop runs, and then waits in
/// <see cref="DeletionWaiters"/> until the live replicas have deleted as well. KIP-107.
/// </summary>
internal sealed class RecordDeletion(ILedPartition partition, long offset, TimeSpan timeout) : ILoopWork
{
    /// <summary>Stands for the high watermark in a request.</summary>
    public const long HighWatermark = -1;

    // The continuation is another request's code; it must not run on this partition's loop.
    private readonly TaskCompletionSource<DeletionOutcome> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>As requested: the first offset that stays, or <see cref="HighWatermark"/>.</summary>
    public long Offset => offset;

    public TimeSpan Timeout => timeout;

    public Task<DeletionOutcome> Outcome => completion.Task;

    public void Run() => partition.Run(this);

    public void Complete(DeletionOutcome outcome) => completion.SetResult(outcome);
}
