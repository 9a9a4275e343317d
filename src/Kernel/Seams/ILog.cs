namespace KafkaCompatBroker.Kernel.Seams;

public enum LogLevel
{
    Debug,
    Info,
    Warn,
    Error,
    /// <summary>Graver than anything that is written: a part with this level is silent.</summary>
    Fatal,
}

/// <summary>
/// Where named events go, one line per state change: <c>partition=orders-3 leaderEpoch=7→8 leader=2 isr=[2,3]</c>. Nothing at Info per
/// request.
/// </summary>
public interface ILog
{
    /// <summary>Whether any part of the broker writes events of the level.</summary>
    bool IsEnabled(LogLevel level);
    /// <summary>One event. <paramref name="source"/> is one of <see cref="LogSources"/>.</summary>
    void Write(LogLevel level, string source, string message, Exception? exception = null);
}

/// <summary>
/// The parts of a broker that write events: what DescribeConfigs lists as its loggers. <see cref="LogLevels"/> has their levels.
/// </summary>
public static class LogSources
{
    public static readonly IReadOnlyList<string> All =
    [
        "broker", "config", "connection", "controller", "group", "log", "loop", "partition", "producer-ids", "replicas", "request",
        "topics", "transaction", "zookeeper",
    ];
}

public static class LogExtensions
{
    public static void Debug(this ILog log, string source, string message) => log.Write(LogLevel.Debug, source, message);
    public static void Info(this ILog log, string source, string message) => log.Write(LogLevel.Info, source, message);
    public static void Warn(this ILog log, string source, string message, Exception? exception = null)
        => log.Write(LogLevel.Warn, source, message, exception);
    public static void Error(this ILog log, string source, string message, Exception? exception = null)
        => log.Write(LogLevel.Error, source, message, exception);
}

/// <summary>Drops everything.</summary>
public sealed class NoLog : ILog
{
    public static readonly NoLog Instance = new();
    public bool IsEnabled(LogLevel level) => false;
    public void Write(LogLevel level, string source, string message, Exception? exception = null) { }
}
