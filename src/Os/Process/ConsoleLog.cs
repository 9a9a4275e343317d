using System.Globalization;
using System.Text;

namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// Writes one line per event: time in UTC, level, source, message. Control characters become '?', because parts of a message come from
/// clients.
/// </summary>
public sealed class ConsoleLog(LogLevel lowest, Stream output) : ILog
{
    private readonly Lock guard = new();

    /// <summary>A log on the standard error, so that standard output stays free for the start-up line and for tools.</summary>
    public ConsoleLog(LogLevel lowest = LogLevel.Info) : this(lowest, Console.OpenStandardError())
    {
    }

    public bool IsEnabled(LogLevel level) => level >= lowest;

    public void Write(LogLevel level, string source, string message, Exception? exception = null)
    {
        if (!IsEnabled(level))
            return;
        var line = new StringBuilder(160);
        line.Append(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {NameOf(level)} [{source}] ");
        Append(line, message);
        if (exception is not null)
            Append(line, " | " + (level == LogLevel.Error ? exception.ToString() : $"{exception.GetType().Name}: {exception.Message}"));
        line.Append('\n');
        var bytes = Encoding.UTF8.GetBytes(line.ToString());
        lock (guard)
        {
            try
            {
                output.Write(bytes);
                output.Flush();
            }
            catch (IOException)
            {
                // The reader of the log went away; that must not take the broker with it.
            }
        }
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Debug => "DEBUG",
        LogLevel.Info => "INFO ",
        LogLevel.Warn => "WARN ",
        _ => "ERROR",
    };

    private static void Append(StringBuilder line, string text)
    {
        var afterBreak = false;
        foreach (var character in text)
        {
            if (character is '\r' or '\n')
            {
                if (!afterBreak)
                    line.Append(" | ");
                afterBreak = true;
                continue;
            }
            line.Append(char.IsControl(character) ? '?' : character);
            afterBreak = false;
        }
    }
}
