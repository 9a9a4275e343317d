using System.Globalization;
using System.Text.RegularExpressions;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>
/// What a run tells of itself: the broker's events and the run's own, with the world's time. All of it goes into the trace; the last of it
/// is told with a failure.
/// </summary>
internal sealed partial class RunLog(Func<DateTimeOffset> now, Action<string> trace) : ILog
{
    private const int ToldLines = 400;

    private readonly Queue<string> lines = new();
    private readonly Dictionary<string, DateTimeOffset> ledSince = [];

    public bool IsEnabled(LogLevel level) => level >= LogLevel.Info;

    public void Write(LogLevel level, string source, string message, Exception? exception = null)
    {
        if (source == "partition" && Role().Match(message) is { Success: true } match)
            NoteRole(match.Groups["partition"].Value, match.Groups["role"].Value);
        Add(exception is null ? $"{level} {source} {message}" : $"{level} {source} {message}: {exception}");
    }

    /// <summary>Whether the one broker of a run has said that it leads the partition, and nothing else since.</summary>
    public bool IsLedSince(TopicPartition partition, DateTimeOffset since)
        => ledSince.TryGetValue(partition.ToString(), out var led) && led <= since;

    /// <summary>An event of the run itself.</summary>
    public void Tell(string what) => Add($"== {what}");

    public string Told() => string.Join('\n', lines);

    private void NoteRole(string partition, string role)
    {
        if (role == "Leader")
            ledSince.TryAdd(partition, now());
        else
            ledSince.Remove(partition);
    }

    private void Add(string line)
    {
        // A stack trace is not the same in each build.
        trace(line.Split('\n')[0]);
        lines.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{now():mm:ss.fff} {line}"));
        if (lines.Count > ToldLines)
            lines.Dequeue();
    }

    [GeneratedRegex(@"^partition=(?<partition>\S+) role=(?<role>\w+) ")]
    private static partial Regex Role();
}
