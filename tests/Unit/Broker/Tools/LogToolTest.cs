using System.Text.Json;
using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Tools;
using KafkaCompatBroker.Tests.Unit.Storage.Inspection;

namespace KafkaCompatBroker.Tests.Unit.Broker.Tools;

/// <summary>The storage tool by its command line.</summary>
public sealed class LogToolTest
{
    private const string Folder = InspectionBench.Directory;
    private readonly InspectionBench bench = new();
    private readonly StringWriter output = new(), errors = new();

    [Fact]
    public void Sound_folders_give_0_and_damage_gives_1_with_a_line_that_names_it()
    {
        Assert.Equal(0, Run("log", "verify", "--deep", Folder));
        Assert.Contains($"sound path={Folder} partitions=1", output.ToString(), StringComparison.Ordinal);
        var name = InspectionBench.NameOf(0, ".log");
        bench.Change(name, bytes => bytes[..^3]);
        Assert.Equal(1, Run("log", "verify", Folder));
        Assert.Contains($"damaged file={Folder}/{name} position=", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("unsound path=", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("log verify /nowhere", "/nowhere is not there")]
    [InlineData("log dump /data/orders-0/notes.txt", "none of their files")]
    [InlineData("log export-znodes /data/orders-0", "/data/orders-0 is no log dir")]
    [InlineData("log verify", null)]
    [InlineData("log repair --no-such-option /data/orders-0", null)]
    public void Wrong_use_gives_2(string arguments, string? why)
    {
        bench.Put("notes.txt", [1]);
        Assert.Equal(2, Run(arguments.Split(' ')));
        Assert.Contains(why ?? "", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_repair_says_what_it_would_do_and_does_it_only_with_yes()
    {
        var name = InspectionBench.NameOf(InspectionBench.SegmentCount - 1, ".log");
        bench.Change(name, bytes => bytes[..^3]);
        Assert.Equal(1, Run("log", "repair", Folder));
        Assert.Contains($"would file={Folder}/{name} what=cut at position=", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(InspectionBench.Sound[name].Length - 3, bench.Disk.ReadAllBytes($"{Folder}/{name}").Length);
        Assert.Equal(0, Run("log", "repair", "--yes", Folder));
        Assert.Equal(0, Run("log", "verify", Folder));
    }

    [Fact]
    public void A_dir_that_a_running_broker_has_is_not_repaired_and_may_be_verified()
    {
        using var held = bench.Disk.TryLock("/data/.lock");
        Assert.NotNull(held);
        Assert.Equal(2, Run("log", "repair", "--yes", Folder));
        Assert.Contains("a broker runs here; stop it first", errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, Run("log", "verify", Folder));
        Assert.Contains("note file=", output.ToString(), StringComparison.Ordinal);
        // What is being written while somebody looks is cut where he looks.
        var active = InspectionBench.NameOf(InspectionBench.SegmentCount - 1, ".log");
        bench.Change(active, bytes => bytes[..^3]);
        Assert.DoesNotContain($"damaged file={Folder}/{active}", Lines("log", "verify", Folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dump_has_a_line_for_each_batch_and_record_and_entry_and_as_JSON_each_is_an_object()
    {
        Assert.Equal(0, Run("log", "dump", "--print-data", "--json", Folder));
        var kinds = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()!).GroupBy(kind => kind)
            .ToDictionary(kind => kind.Key, kind => kind.Count());
        Assert.Equal((140, 240, 20), (kinds["batch"], kinds["record"], kinds["marker"]));
        foreach (var kind in (string[])["file", "index", "timeindex", "aborted", "producer", "leaderEpoch", "topic"])
            Assert.True(kinds.ContainsKey(kind), kind);
    }

    [Fact]
    public void A_log_dir_with_offsets_beyond_its_logs_or_a_broken_checkpoint_is_repaired()
    {
        Put("/data/meta.properties", "version=0\nbroker.id=1\ncluster.id=abc\n");
        Put("/data/recovery-point-offset-checkpoint", "0\n1\norders 0 9999\n");
        Put("/data/replication-offset-checkpoint", "0\n7\norders 0 1\n");
        Put("/data/cleaner-offset-checkpoint", "");
        Assert.Equal(1, Run("log", "verify", "/data"));
        Assert.Contains("says 9999 of orders-0, whose log ends at 260: records are gone", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("replication-offset-checkpoint is not an offset checkpoint", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, Run("log", "repair", "--yes", "/data"));
        Assert.Equal("0\n1\norders 0 260\n", Text("/data/recovery-point-offset-checkpoint"));
        Assert.Equal(0, Run("log", "verify", "/data"));
        Put("/data/meta.properties", "version=1\n");
        Assert.Equal(1, Run("log", "repair", "--yes", "/data"));
        Assert.Contains("version is '1'", output.ToString(), StringComparison.Ordinal);
    }

    private string Lines(params string[] arguments)
    {
        output.GetStringBuilder().Clear();
        Run(arguments);
        return output.ToString();
    }

    private int Run(params string[] arguments)
    {
        Func<ToolPlatform, Task<ToolOutcome>>? asked = null;
        Assert.Null(CommandLine.Parse(arguments, out var exitCode, LogCommand.Create(tool => asked = tool)));
        if (asked is null)
            return exitCode;
        var outcome = ToolOutcome.Refused;
        var machine = new BrokerPlatform(
            bench.Disk, bench.World.Network, bench.World.Loops, bench.World.NewRandom(), NoLog.Instance, "this-machine", 1 << 30);
        bench.World.Await(bench.World.Start(async () => outcome = await asked(new ToolPlatform(machine, output, errors))));
        return (int)outcome;
    }

    private void Put(string path, string text) => bench.Disk.ReplaceAtomically(path, System.Text.Encoding.UTF8.GetBytes(text));

    private string Text(string path) => System.Text.Encoding.UTF8.GetString(bench.Disk.ReadAllBytes(path));
}
