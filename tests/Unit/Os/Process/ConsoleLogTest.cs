using System.Globalization;
using System.Text;
using KafkaCompatBroker.Os.Process;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Os.Process;

public sealed class ConsoleLogTest
{
    private readonly SimWorld world = new(1);
    private readonly MemoryStream output = new();
    private readonly LogLevels levels = new();

    [Fact]
    public void An_event_is_one_line_whatever_a_client_put_into_it()
    {
        var log = new ConsoleLog(levels, output, TimeProvider.System);
        log.Warn("connection", "clientId=a\nb\u001b[31m", new IOException("line one\r\nline two"));
        log.Debug("connection", "not shown");
        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.Equal(1, text.Count(character => character == '\n'));
        Assert.EndsWith("WARN  [connection] clientId=a | b?[31m | IOException: line one | line two\n", text, StringComparison.Ordinal);
        Assert.True(DateTime.TryParse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture, out _));
    }

    [Fact]
    public void A_part_whose_level_is_changed_writes_more_or_less_than_the_others()
    {
        var log = NewLog();
        Assert.False(log.IsEnabled(LogLevel.Debug));
        levels.Set("config", LogLevel.Debug);
        levels.Set("group", LogLevel.Error);
        Assert.True(log.IsEnabled(LogLevel.Debug));
        log.Debug("config", "one");
        log.Debug("log", "two");
        log.Warn("group", "three");
        log.Info("log", "four");
        Assert.Equal(["one", "four"], Lines().Select(line => line.Split(' ')[^1]));
    }

    [Fact]
    public void What_is_long_is_cut()
    {
        var log = NewLog();
        log.Info("group", $"group={new string('g', 32_000)} removed reason=left");
        log.Info("group", string.Concat(Enumerable.Repeat("a name ", 10_000)));
        Assert.Equal([true, false], Lines().Select(line => line.EndsWith("… removed reason=left", StringComparison.Ordinal)));
        Assert.All(Lines(), line => Assert.InRange(line.Length, 250, 2_100));
    }

    [Fact]
    public void Of_many_lines_of_one_kind_some_are_written_and_the_rest_is_counted()
    {
        var log = NewLog();
        for (var number = 0; number < 10_000; number++)
            log.Warn("connection", $"connection closed: remote=10.0.0.{number} reason=a frame of {number} bytes");
        log.Warn("connection", "of another kind");
        Assert.Equal(LogRates.LinesAtOnce + 1, Lines().Count);
        world.Advance(TimeSpan.FromSeconds(1));
        log.Warn("connection", "of another kind");
        Assert.Contains("9950 more lines of this kind were not written: Warn connection connection closed: remote= reason=", Lines()[^2],
            StringComparison.Ordinal);
        log.Warn("connection", "connection closed: remote=10.0.0.1 reason=a frame of 1 bytes");
        Assert.Equal(LogRates.LinesAtOnce + 4, Lines().Count);
    }

    [Fact]
    public void What_was_left_out_is_counted_anew_when_it_was_told_and_one_line_a_second_is_written()
    {
        var log = NewLog();
        Fill(log, 100);
        world.Advance(TimeSpan.FromSeconds(2));
        Fill(log, 10);
        Assert.Contains("50 more lines", Lines()[LogRates.LinesAtOnce], StringComparison.Ordinal);
        // Two seconds made room for two lines.
        Assert.Equal(LogRates.LinesAtOnce + 1 + 2, Lines().Count);
        world.Advance(TimeSpan.FromSeconds(1));
        log.Warn("connection", "of another kind");
        Assert.Contains(" 8 more lines", Lines()[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void Kinds_without_end_are_taken_for_one()
    {
        var log = NewLog();
        for (var number = 0; number < 100_000; number++)
            log.Warn("connection", new string((char)('a' + number % 26), 1 + number / 26 % 150) + (char)('a' + number / 4000));
        Assert.InRange(Lines().Count, 1000, 100 * LogRates.LinesAtOnce);
    }

    private static void Fill(ConsoleLog log, int lines)
    {
        for (var number = 0; number < lines; number++)
            log.Warn("connection", $"remote={number}");
    }

    private ConsoleLog NewLog() => new(levels, output, world.Time);

    private IReadOnlyList<string> Lines() => Encoding.UTF8.GetString(output.ToArray()).Split('\n')[..^1];
}
