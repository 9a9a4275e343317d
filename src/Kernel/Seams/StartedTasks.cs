using System.Runtime.ExceptionServices;

namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>
/// Awaits several tasks that are under way together. Task.WhenAll is banned in its favour: that goes on from whichever thread ends the last
/// task, which a loop or the simulated world does not decide, whereas an await comes back to where the awaiting code runs.
/// </summary>
public static class StartedTasks
{
    /// <summary>
    /// Enumerates to the end first, so that all are started before one is awaited. The results in the order of the tasks; when some fail,
    /// the first one's exception, after all have ended.
    /// </summary>
    public static async Task<T[]> InOrder<T>(this IEnumerable<Task<T>> tasks)
    {
        Task<T>[] started = [.. tasks];
        await InOrder((IEnumerable<Task>)started);
        var results = new T[started.Length];
        for (var index = 0; index < started.Length; index++)
            results[index] = await started[index];
        return results;
    }

    /// <inheritdoc cref="InOrder{T}"/>
    public static async Task InOrder(this IEnumerable<Task> tasks)
    {
        Task[] started = [.. tasks];
        ExceptionDispatchInfo? firstFailure = null;
        foreach (var task in started)
        {
            try
            {
                await task;
            }
            catch (Exception exception)
            {
                // Held back only until nothing is under way any more.
                firstFailure ??= ExceptionDispatchInfo.Capture(exception);
            }
        }
        firstFailure?.Throw();
    }
}
