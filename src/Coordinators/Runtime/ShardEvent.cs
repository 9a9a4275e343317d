namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>A request or a timer for one shard: run once on its loop, or refused once. One whose run threw is refused after it.</summary>
internal abstract class ShardEvent<TState>
{
    public abstract void Run(TState state);

    /// <summary>
    /// CoordinatorLoadInProgress, NotCoordinator, CoordinatorNotAvailable when too many events wait, or UnknownServerError for a bug of
    /// ours.
    /// </summary>
    public abstract void Refuse(KafkaError error);
}

/// <summary>A timer's work; a timer without a shard has nobody to answer.</summary>
internal sealed class TimerEvent<TState>(Action work) : ShardEvent<TState>
{
    public override void Run(TState state) => work();

    public override void Refuse(KafkaError error) { }
}

/// <summary>
/// An event that somebody awaits. The state answers it through the given source: at once, when a write is committed, or when others have
/// come. Continuations run apart from the loop, so the asker's code never runs inside the state machine.
/// </summary>
internal sealed class ShardRequest<TState, TReply>(
    Action<TState, Reply<TReply>> run, Func<KafkaError, TReply> refuse, CancellationToken closed)
    : ShardEvent<TState>
{
    private readonly Reply<TReply> reply = new(closed);

    public Task<TReply> Answer => reply.Answer;

    public override void Run(TState state) => run(state, reply);

    public override void Refuse(KafkaError error) => reply.Send(refuse(error));
}

/// <summary>
/// One answer, which is given once; a second is dropped, as when a write that timed out is committed after all. It is cancelled when the
/// asker goes first, and keeps no hold on the asker's token once it is given.
/// </summary>
public sealed class Reply<T>
{
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration asker;

    /// <param name="closed">Ends when the asker waits no more, on any thread.</param>
    internal Reply(CancellationToken closed)
        => asker = closed.UnsafeRegister(static (reply, closed) => ((Reply<T>)reply!).completion.TrySetCanceled(closed), this);

    public Task<T> Answer => completion.Task;

    public void Send(T answer)
    {
        if (completion.TrySetResult(answer))
            asker.Unregister();
    }
}
