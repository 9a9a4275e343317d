namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// The controller's requests to this broker, applied one after the other: the next begins when the one before is answered, also where
/// applying it waits for partitions. Touched only on the loop, but for <see cref="InTurn{T}"/>.
/// </summary>
public sealed class ControllerRequests(ILoop loop)
{
    private Task last = Task.CompletedTask;

    public ControllerFence Fence { get; } = new(loop);

    /// <summary>
    /// Runs the code on the loop after all that came before; the code comes back to the loop after its awaits. On any thread.
    /// </summary>
    public Task<T> InTurn<T>(Func<Task<T>> apply)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Run(() => Apply(apply, answer));
        return answer.Task;
    }

    private async Task Apply<T>(Func<Task<T>> apply, TaskCompletionSource<T> answer)
    {
        var before = last;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        last = done.Task;
        await before;
        try
        {
            Invariant.Holds(loop.IsCurrent);
            answer.SetResult(await apply());
        }
        catch (Exception exception)
        {
            answer.SetException(exception);
        }
        finally
        {
            done.SetResult();
        }
    }
}
