using System.Globalization;
using System.Text;

namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// Writes one line per event: time in UTC, level, source, message. Parts of a message come from clients: control characters become '?',
/// what is long is cut, and of many lines of one kind some are written and the rest is counted.
/// </summary>
public sealed class ConsoleLog : ILog, IDisposable
{
    /// <summary>A name, an id or whatever else has no space in it.</summary>
    private const int WordMaxCharacters = 256;
    private const int MessageMaxCharacters = 2_000;
    private const int TraceMaxCharacters = 16_000;

    private readonly LogLevels levels;
    private readonly Stream output;
    private readonly LogRates rates;
    private readonly Lock guard = new();

    /// <summary>A log on the standard error, so that standard output stays free for the start-up line and for tools.</summary>
    public ConsoleLog(LogLevels levels) : this(levels, Console.OpenStandardError(), TimeProvider.System)
    {
    }

    public ConsoleLog(LogLevels levels, Stream output, TimeProvider time)
        => (this.levels, this.output, rates) = (levels, output, new LogRates(time));

    public bool IsEnabled(LogLevel level) => level >= levels.Lowest;

    public void Write(LogLevel level, string source, string message, Exception? exception = null)
    {
        if (level < levels.Of(source))
            return;
        lock (guard)
        {
            WriteLeftOut();
            if (rates.Admit(level, source, message))
                WriteLine(level, source, message, exception);
        }
    }

    /// <summary>Tells what was left out last.</summary>
    public void Dispose()
    {
        lock (guard)
            WriteLeftOut();
    }

    private void WriteLeftOut()
    {
        foreach (var (kind, count) in rates.TakeLeftOut())
            WriteLine(LogLevel.Warn, "log", $"{count} more lines of this kind were not written: {kind}", null);
    }

    private void WriteLine(LogLevel level, string source, string message, Exception? exception)
    {
        var line = new StringBuilder(160);
        line.Append(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {NameOf(level)} [{source}] ");
        Append(line, message, MessageMaxCharacters);
        if (exception is not null)
        {
            var text = level == LogLevel.Error ? exception.ToString() : $"{exception.GetType().Name}: {exception.Message}";
            Append(line, " | " + text, level == LogLevel.Error ? TraceMaxCharacters : MessageMaxCharacters);
        }
        line.Append('\n');
        try
        {
            output.Write(Encoding.UTF8.GetBytes(line.ToString()));
            output.Flush();
        }
        catch (IOException)
        {
            // The reader of the log went away; that must not take the broker with it.
        }
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Debug => "DEBUG",
        LogLevel.Info => "INFO ",
        LogLevel.Warn => "WARN ",
        _ => "ERROR",
    };

    private static void Append(StringBuilder line, string text, int maxCharacters)
    {
        var end = line.Length + maxCharacters;
        var afterBreak = false;
        var wordLength = 0;
        foreach (var character in text)
        {
            if (line.Length >= end)
            {
                line.Append('…');
                return;
            }
            if (character is '\r' or '\n')
            {
                if (!afterBreak)
                    line.Append(" | ");
                afterBreak = true;
                wordLength = 0;
                continue;
            }
            afterBreak = false;
            wordLength = character == ' ' ? 0 : wordLength + 1;
            if (wordLength <= WordMaxCharacters)
                line.Append(char.IsControl(character) ? '?' : character);
            else if (wordLength == WordMaxCharacters + 1)
                line.Append('…');
        }
    }
}
