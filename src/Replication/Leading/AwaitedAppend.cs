using System.Threading.Tasks.Sources;

namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// An append that somebody awaits. Reused: the one that has been awaited on a thread serves the next append of that thread, so that a
/// produce that completes at once allocates nothing here.
/// </summary>
internal sealed class AwaitedAppend : LeaderAppend, IValueTaskSource<AppendOutcome>
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

    public override void Appended() => GiveRecordsUp();

    public override void Complete(AppendOutcome outcome)
    {
        GiveRecordsUp();
        completion.SetResult(outcome);
    }

    private void GiveRecordsUp()
    {
        var owner = RecordsOwner;
        RecordsOwner = null;
        owner?.RecordsTaken();
    }

    AppendOutcome IValueTaskSource<AppendOutcome>.GetResult(short token)
    {
        var outcome = completion.GetResult(token);
        completion.Reset();
        Partition = null;
        Records = default;
        Outcome = default;
        Deadline = null;
        Guard = null;
        ExpectedLeaderEpoch = LeaderEpoch.Unknown;
        spare = this;
        return outcome;
    }

    ValueTaskSourceStatus IValueTaskSource<AppendOutcome>.GetStatus(short token) => completion.GetStatus(token);

    void IValueTaskSource<AppendOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => completion.OnCompleted(continuation, state, token, flags);
}
