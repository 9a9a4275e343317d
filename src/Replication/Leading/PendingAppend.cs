using System.Threading.Tasks.Sources;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// One append on its way through a partition: first the work item on the partition's loop, then, with acks −1 and a high watermark that has
/// yet to pass, the waiter.
/// </summary>
internal abstract class PendingAppend : ILoopWork
{
    public Partition? Partition { get; set; }
    public Memory<byte> Records { get; set; }
    public AppendOrigin Origin { get; set; }
    /// <summary>−1, 0 or 1.</summary>
    public short RequiredAcks { get; set; }
    /// <summary>Whether another format than v2 is a broken request; otherwise it is one that this broker does not serve.</summary>
    public bool V2Only { get; set; }
    /// <summary>The epoch that the caller takes itself to lead in; Unknown when it does not care.</summary>
    public LeaderEpoch ExpectedLeaderEpoch { get; set; } = LeaderEpoch.Unknown;
    public TimeSpan Timeout { get; set; }

    /// <summary>The outcome so far; final once <see cref="Complete"/> is called.</summary>
    public AppendOutcome Outcome { get; set; }
    /// <summary>Set while the append waits.</summary>
    public AppendDeadline? Deadline { get; set; }

    public void Run() => Partition!.Run(this);

    /// <summary>
    /// The records are in the leader's log, or nowhere when the outcome has an error. Then <see cref="Complete"/> follows, at once or
    /// later.
    /// </summary>
    public virtual void Appended()
    {
    }

    /// <summary>The append is decided. Called once, on the partition's loop; the object is not used by the partition afterwards.</summary>
    public abstract void Complete(AppendOutcome outcome);
}

/// <summary>
/// Ends an append's wait. An object of its own, since the append is reused while its timer may already be queued on the loop.
/// </summary>
internal sealed class AppendDeadline(Partition partition, PendingAppend append) : ILoopWork
{
    public IDisposable? Timer { get; set; }

    public void Run()
    {
        if (ReferenceEquals(append.Deadline, this))
            partition.TimeOut(append);
    }
}

/// <summary>
/// An append that somebody awaits. Reused: the one that has been awaited on a thread serves the next append of that thread, so that a
/// produce that completes at once allocates nothing here.
/// </summary>
internal sealed class AwaitedAppend : PendingAppend, IValueTaskSource<AppendOutcome>
{
    [ThreadStatic]
    private static AwaitedAppend? spare;

    // The continuation is another request's code; it must not run on this partition's loop.
    private ManualResetValueTaskSourceCore<AppendOutcome> completion = new() { RunContinuationsAsynchronously = true };

    public static AwaitedAppend Take()
    {
        var append = spare ?? new AwaitedAppend();
        spare = null;
        return append;
    }

    public ValueTask<AppendOutcome> Task => new(this, completion.Version);

    public override void Complete(AppendOutcome outcome) => completion.SetResult(outcome);

    AppendOutcome IValueTaskSource<AppendOutcome>.GetResult(short token)
    {
        var outcome = completion.GetResult(token);
        completion.Reset();
        Partition = null;
        Records = default;
        Outcome = default;
        Deadline = null;
        ExpectedLeaderEpoch = LeaderEpoch.Unknown;
        spare = this;
        return outcome;
    }

    ValueTaskSourceStatus IValueTaskSource<AppendOutcome>.GetStatus(short token) => completion.GetStatus(token);

    void IValueTaskSource<AppendOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => completion.OnCompleted(continuation, state, token, flags);
}

/// <summary>Told of an append twice: when it is in the log, and when it is committed. Called on the partition's loop.</summary>
public interface IAppendObserver
{
    /// <summary>
    /// The records are in the leader's log, or nowhere when the outcome has an error; then <see cref="Committed"/> does not follow.
    /// </summary>
    void Appended(AppendOutcome outcome);

    /// <summary>
    /// The high watermark has passed the records; an error says that it is not known (leadership lost, a bug of ours) or that too few
    /// replicas have them.
    /// </summary>
    void Committed(KafkaError error);
}

/// <summary>An append of a coordinator, which goes on with its next event before this one is committed.</summary>
internal sealed class ObservedAppend(IAppendObserver observer) : PendingAppend
{
    private bool appended;

    public override void Appended()
    {
        appended = true;
        observer.Appended(Outcome);
    }

    public override void Complete(AppendOutcome outcome)
    {
        if (appended)
            observer.Committed(outcome.Error);
        else
            observer.Appended(outcome);
    }
}
