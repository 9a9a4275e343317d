namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// Turns of large requests to run on a processor. The bytes of one may name tens of thousands of things, each of which takes a while; were
/// they all let begin as they come, a few hundred connections would have every processor at work on them for seconds, and the small
/// request of another would stand behind all of it. So only so many run at once, in the order in which they came, and the other processors
/// stay with small ones. A turn lasts while the request is worked on without a pause, never while it waits for something. Any thread may
/// use it.
/// </summary>
/// <param name="count">How many run at once.</param>
internal sealed class LargeRequestTurns(int count)
{
    private readonly Lock guard = new();
    private readonly Queue<LoopCall> waiting = new();
    private int left = count;

    /// <summary>Half of the processors.</summary>
    public static int CountFor(int processors) => Math.Max(1, processors / 2);

    /// <summary>
    /// Whether the caller may begin now; otherwise the call runs on its loop when its turn has come. Either way the caller ends its turn.
    /// </summary>
    public bool TryTake(LoopCall whenItsTurn)
    {
        lock (guard)
        {
            if (left > 0)
            {
                left--;
                return true;
            }
            waiting.Enqueue(whenItsTurn);
            return false;
        }
    }

    /// <summary>As <see cref="TryTake"/>, for code that awaits its turn: done when it has come.</summary>
    public ValueTask Take(ILoop loop)
    {
        var hasCome = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TryTake(new LoopCall(loop, hasCome.SetResult)) ? ValueTask.CompletedTask : new ValueTask(hasCome.Task);
    }

    /// <summary>The turn goes to whoever has waited for longest.</summary>
    public void End()
    {
        LoopCall? next;
        lock (guard)
        {
            if (!waiting.TryDequeue(out next))
                left++;
        }
        next?.Post();
    }
}
