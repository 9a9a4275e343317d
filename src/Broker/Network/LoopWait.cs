using System.Threading.Tasks.Sources;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// One wait at a time for what ends on a loop. Whoever waits goes on inside <see cref="End"/>, so on that loop, wherever his code came
/// from. Touched only on the loop.
/// </summary>
internal sealed class LoopWait : IValueTaskSource
{
    private Action<object?>? goOn;
    private object? state;
    private short number;

    /// <summary>Whether somebody waits.</summary>
    public bool IsPending { get; private set; }

    /// <summary>To be awaited once, at once.</summary>
    public ValueTask Begin()
    {
        Invariant.Holds(!IsPending);
        IsPending = true;
        number++;
        return new ValueTask(this, number);
    }

    public void End()
    {
        Invariant.Holds(IsPending);
        IsPending = false;
        var (action, argument) = (goOn, state);
        (goOn, state) = (null, null);
        action?.Invoke(argument);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token)
        => token == number && IsPending ? ValueTaskSourceStatus.Pending : ValueTaskSourceStatus.Succeeded;

    void IValueTaskSource.GetResult(short token) => Invariant.Holds(token == number && !IsPending);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? argument, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Invariant.Holds(token == number && IsPending);
        (goOn, state) = (continuation, argument);
    }
}
