using System.Globalization;
using System.Text;
using KafkaCompatBroker.Os.Process;

namespace KafkaCompatBroker.Tests.Unit.Os.Process;

public sealed class ConsoleLogTest
{
    [Fact]
    public void An_event_is_one_line_whatever_a_client_put_into_it()
    {
        var output = new MemoryStream();
        var log = new ConsoleLog(LogLevel.Info, output);
        log.Warn("connection", "clientId=a\nb\u001b[31m", new IOException("line one\r\nline two"));
        log.Debug("connection", "not shown");
        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.Equal(1, text.Count(character => character == '\n'));
        Assert.EndsWith("WARN  [connection] clientId=a | b?[31m | IOException: line one | line two\n", text, StringComparison.Ordinal);
        Assert.True(DateTime.TryParse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture, out _));
    }
}
