using System.Collections.Frozen;

namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>
/// From which level on each part of a broker writes events: its own, or that of the root. Changed while the broker runs, read by each event
/// from any thread.
/// </summary>
public sealed class LogLevels(LogLevel root = LogLevel.Info)
{
    /// <summary>The name of what all parts go by that have no level of their own.</summary>
    public const string Root = "root";

    private readonly Lock changing = new();
    private volatile Levels levels = new(root, FrozenDictionary<string, LogLevel>.Empty);

    /// <summary>What is below it nobody writes.</summary>
    public LogLevel Lowest => levels.Lowest;

    /// <param name="source">One of <see cref="LogSources"/>, or <see cref="Root"/>.</param>
    public LogLevel Of(string source)
    {
        var current = levels;
        return current.Own.GetValueOrDefault(source, current.Root);
    }

    public void Set(string source, LogLevel level) => Change(source, level);

    /// <summary>The part goes by the root's level again.</summary>
    public void Clear(string source) => Change(source, null);

    private void Change(string source, LogLevel? level)
    {
        lock (changing)
        {
            if (source == Root)
            {
                levels = new Levels(level ?? levels.Root, levels.Own);
                return;
            }
            var own = levels.Own.Where(other => other.Key != source);
            levels = new Levels(
                levels.Root, (level is { } given ? own.Append(new(source, given)) : own).ToFrozenDictionary(StringComparer.Ordinal));
        }
    }

    private sealed record Levels(LogLevel Root, FrozenDictionary<string, LogLevel> Own)
    {
        public LogLevel Lowest { get; } = Own.Values.Append(Root).Min();
    }
}
