using System.Runtime.ExceptionServices;

namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>
/// Keeps asynchronous code on a loop: code started here comes back to the loop after each await, as one more piece of its work.
/// Other work of the loop runs in between, so state is read again after every await.
/// </summary>
public static class LoopContext
{
    /// <summary>Runs the code on the loop; the task is done when the code is.</summary>
    public static Task Start(this ILoop loop, Func<Task> code)
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(new StartWork(loop, code, completion.SetResult, completion.SetException));
        return completion.Task;
    }

    /// <summary>
    /// Runs the code on the loop for nobody who waits: an exception that leaves it leaves a piece of the loop's work, and is logged there.
    /// </summary>
    public static void Run(this ILoop loop, Func<Task> code)
        => loop.Post(new StartWork(loop, code, static () => { }, failure => loop.Post(ExceptionDispatchInfo.Capture(failure).Throw)));

    /// <summary>Done when the time has passed on the loop's clock, or when the token is cancelled.</summary>
    public static async Task Pass(this ILoop loop, TimeSpan time, CancellationToken cancellationToken = default)
    {
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = loop.Schedule(time, () => passed.TrySetResult());
        using var end = cancellationToken.Register(() => passed.TrySetResult());
        await passed.Task;
    }

    private sealed class StartWork(ILoop loop, Func<Task> code, Action done, Action<Exception> failed) : ILoopWork
    {
        public void Run() => new Context(loop).Run(_ => _ = Finish(), null);

        private async Task Finish()
        {
            try
            {
                await code();
                done();
            }
            catch (Exception exception)
            {
                failed(exception);
            }
        }
    }

    private sealed class Context(ILoop loop) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => loop.Post(new Continuation(this, d, state));

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("a loop is never waited for");

        public override SynchronizationContext CreateCopy() => this;

        public void Run(SendOrPostCallback callback, object? state)
        {
            var before = Current;
            SetSynchronizationContext(this);
            try
            {
                callback(state);
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }
    }

    private sealed class Continuation(Context context, SendOrPostCallback callback, object? state) : ILoopWork
    {
        public void Run() => context.Run(callback, state);
    }
}
