using System.Globalization;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>
/// What a run tells of itself: the broker's events and the run's own, with the world's time. All of it goes into the trace; the last of it
/// is told with a failure.
/// </summary>
internal sealed class RunLog(Func<DateTimeOffset> now, Action<string> trace) : ILog
{
    private const int ToldLines = 400;

    private readonly Queue<string> lines = new();

    public bool IsEnabled(LogLevel level) => level >= LogLevel.Info;

    public void Write(LogLevel level, string source, string message, Exception? exception = null)
        => Add(exception is null ? $"{level} {source} {message}" : $"{level} {source} {message}: {exception}");

    /// <summary>An event of the run itself.</summary>
    public void Tell(string what) => Add($"== {what}");

    public string Told() => string.Join('\n', lines);

    private void Add(string line)
    {
        // A stack trace is not the same in each build.
        trace(line.Split('\n')[0]);
        lines.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{now():mm:ss.fff} {line}"));
        if (lines.Count > ToldLines)
            lines.Dequeue();
    }
}
