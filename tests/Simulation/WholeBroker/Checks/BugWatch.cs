using System.Runtime.ExceptionServices;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;

/// <summary>
/// Sees exceptions that say that the code is wrong wherever they are thrown on the world's thread, also those that somebody catches or that
/// end a task nobody awaits. What a peer, a disk or an operator does wrong is told by exceptions of other types.
/// </summary>
internal sealed class BugWatch : IDisposable
{
    private readonly int threadId = Environment.CurrentManagedThreadId;
    private readonly Func<bool> isProcessAlive;

    public BugWatch(Func<bool> isProcessAlive)
    {
        this.isProcessAlive = isProcessAlive;
        AppDomain.CurrentDomain.FirstChanceException += OnException;
    }

    /// <summary>The first bug seen.</summary>
    public Violation? Seen { get; private set; }

    public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= OnException;

    private void OnException(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        // What unwinds in a process that has just died says nothing.
        if (Environment.CurrentManagedThreadId == threadId && Seen is null && IsBug(thrown.Exception) && isProcessAlive())
            Seen = new Violation($"a bug was met: {thrown.Exception.GetType().Name}: {thrown.Exception.Message}\n{Environment.StackTrace}");
    }

    private static bool IsBug(Exception exception) => exception is InvariantViolation or NullReferenceException or IndexOutOfRangeException
        or ArgumentException or InvalidOperationException or InvalidCastException or KeyNotFoundException or OverflowException;
}
