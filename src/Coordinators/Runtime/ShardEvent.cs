using KafkaCompatBroker.Kernel;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>A request or a timer for one shard: run once on its loop, or refused once.</summary>
internal abstract class ShardEvent<TState>
{
    public abstract void Run(TState state);

    /// <summary>CoordinatorLoadInProgress, NotCoordinator, or CoordinatorNotAvailable when too many events wait.</summary>
    public abstract void Refuse(KafkaError error);
}

/// <summary>
/// An event that somebody awaits. The state answers it through the given source: at once, when a write is committed, or when others have come.
/// Continuations run apart from the loop, so the asker's code never runs inside the state machine.
/// </summary>
internal sealed class ShardRequest<TState, TReply>(Action<TState, Reply<TReply>> run, Func<KafkaError, TReply> refuse) : ShardEvent<TState>
{
    private readonly Reply<TReply> reply = new();

    public Task<TReply> Answer => reply.Answer;

    public override void Run(TState state)
    {
        try
        {
            run(state, reply);
        }
        catch (Exception exception)
        {
            // A bug of ours is the asker's to see; the shard goes on with the next event.
            reply.Fail(exception);
        }
    }

    public override void Refuse(KafkaError error) => reply.Send(refuse(error));
}

/// <summary>The place of one answer, filled once; later ones are dropped, as when a timed-out write is committed after all.</summary>
public sealed class Reply<T>
{
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => completion.Task;

    public void Send(T answer) => completion.TrySetResult(answer);

    internal void Fail(Exception exception) => completion.TrySetException(exception);
}
