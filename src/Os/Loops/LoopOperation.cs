using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace KafkaCompatBroker.Os.Loops;

/// <summary>
/// One asynchronous operation at a time, such as a receive or a send, whose end comes to a loop as a piece of its work. The object is used
/// again for the next operation, so that none costs an allocation. An operation ends once: either it had ended when it was started, which
/// shows at once, or it ends in that piece of work, whose last step is <c>whenEnded</c>, and on no account in between, though its source
/// may have called back on another thread by then. Then its result is to be taken, once. This is the one place that takes an awaiter's
/// result by hand, and it never waits for one. Touched only on the loop.
/// </summary>
public abstract class LoopOperation : ILoopWork
{
    private readonly ILoopWork whenEnded;
    private bool hasEnded;

    private protected LoopOperation(ILoop loop, ILoopWork whenEnded)
    {
        this.whenEnded = whenEnded;
        OnCompleted = () => loop.RunOrPost(this);
    }

    /// <summary>Whether an operation has been started whose result has not been taken.</summary>
    public bool IsPending { get; private set; }

    private protected Action OnCompleted { get; }

    void ILoopWork.Run()
    {
        hasEnded = true;
        whenEnded.Run();
    }

    private protected void Begin()
    {
        Invariant.Holds(!IsPending);
        IsPending = true;
        hasEnded = false;
    }

    private protected void EndAtOnce() => hasEnded = true;

    /// <summary>True once for each operation, when it has ended: then its result is to be taken.</summary>
    private protected bool TryFinish()
    {
        if (!IsPending || !hasEnded)
            return false;
        IsPending = false;
        return true;
    }
}

/// <summary>An operation with a result.</summary>
public sealed class LoopOperation<T>(ILoop loop, ILoopWork whenEnded) : LoopOperation(loop, whenEnded)
{
    private ValueTaskAwaiter<T> awaiter;

    /// <summary>Watches an operation that has just been started. It may have ended already; then nothing runs on the loop.</summary>
    public void Start(ValueTask<T> operation)
    {
        Begin();
        awaiter = operation.GetAwaiter();
        if (awaiter.IsCompleted)
            EndAtOnce();
        else
            awaiter.UnsafeOnCompleted(OnCompleted);
    }

    /// <summary>The operation's result; false while it goes on, and when there is none. Throws what the operation failed with.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T result)
    {
        var isEnded = TryFinish();
        result = isEnded ? awaiter.GetResult() : default;
        return isEnded;
    }
}

/// <summary>An operation without a result.</summary>
public sealed class PlainLoopOperation(ILoop loop, ILoopWork whenEnded) : LoopOperation(loop, whenEnded)
{
    private ValueTaskAwaiter awaiter;

    /// <inheritdoc cref="LoopOperation{T}.Start"/>
    public void Start(ValueTask operation)
    {
        Begin();
        awaiter = operation.GetAwaiter();
        if (awaiter.IsCompleted)
            EndAtOnce();
        else
            awaiter.UnsafeOnCompleted(OnCompleted);
    }

    /// <summary>True when the operation has ended; false while it goes on, and when there is none. Throws what it failed with.</summary>
    public bool TryTake()
    {
        if (!TryFinish())
            return false;
        awaiter.GetResult();
        return true;
    }
}
