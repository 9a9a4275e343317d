namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>
/// Runs asynchronous code on a loop, one piece after the other: the next begins when the one before has ended, with all its awaits.
/// Callable from anywhere.
/// </summary>
public sealed class LoopTurns(ILoop loop)
{
    /// <summary>Touched only on the loop.</summary>
    private Task last = Task.CompletedTask;

    /// <summary>
    /// Runs the code on the loop after all that came before; the code comes back to the loop after its awaits. Whoever awaits has its
    /// result, or what it threw.
    /// </summary>
    public Task<T> InTurn<T>(Func<Task<T>> code)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Run(() => Run(code, result));
        return result.Task;
    }

    private async Task Run<T>(Func<Task<T>> code, TaskCompletionSource<T> result)
    {
        var before = last;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        last = done.Task;
        await before;
        try
        {
            Invariant.Holds(loop.IsCurrent);
            result.SetResult(await code());
        }
        catch (Exception exception)
        {
            // For the one to judge who asked for it.
            result.SetException(exception);
        }
        finally
        {
            done.SetResult();
        }
    }
}
