using System.Collections.Concurrent;

namespace KafkaCompatBroker.Tests.Unit.Os;

/// <summary>Keeps the lines it is given.</summary>
internal sealed class RecordedLog : ILog
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public bool IsEnabled(LogLevel level) => true;

    public void Write(LogLevel level, string source, string message, Exception? exception = null)
        => Lines.Enqueue($"{level} {source} {message} {exception?.Message}");
}
