using System.CommandLine;

namespace KafkaCompatBroker.Broker.Tools;

/// <summary>The command line of the storage tool.</summary>
public static class LogCommand
{
    /// <summary>The command <c>log</c>, which notes in <paramref name="ask"/> what it is asked to do.</summary>
    public static Command Create(Action<Func<ToolPlatform, Task<ToolOutcome>>> ask) => new(
        "log", "Looks into the files of log dirs, of this broker or a Kafka, and mends them. No broker is started. "
        + "Exit codes: 0 sound, 1 damage is found, 2 wrong use or a file that cannot be read.")
    {
        Dump(ask), Verify(ask), Repair(ask), ExportZnodes(ask),
    };

    private static Command Dump(Action<Func<ToolPlatform, Task<ToolOutcome>>> ask)
    {
        var (paths, json) = (Paths(), Json());
        var deep = Deep();
        var data = new Option<bool>("--print-data")
        {
            Description = "Prints the records' keys, values and headers too; those of __consumer_offsets and __transaction_state decoded.",
        };
        var command = new Command(
            "dump", "Prints log dirs, partitions' folders or single files of any kind: a line for each batch, entry or row.")
        {
            paths, deep, data, json,
        };
        command.SetAction(result => ask(platform => Task.FromResult(new LogTool(platform, result.GetValue(json)).Dump(
            result.GetValue(paths)!, result.GetValue(deep), result.GetValue(data)))));
        return command;
    }

    private static Command Verify(Action<Func<ToolPlatform, Task<ToolOutcome>>> ask)
    {
        var (paths, json) = (Paths(), Json());
        var deep = Deep();
        var command = new Command(
            "verify", "Holds the files against each other, and names each that is damaged, with offset and position. Changes nothing, and "
            + "may run beside a broker.")
        {
            paths, deep, json,
        };
        command.SetAction(result => ask(platform => Task.FromResult(
            new LogTool(platform, result.GetValue(json)).Verify(result.GetValue(paths)!, result.GetValue(deep)))));
        return command;
    }

    private static Command Repair(Action<Func<ToolPlatform, Task<ToolOutcome>>> ask)
    {
        var (paths, json) = (Paths(), Json());
        var yes = new Option<bool>("--yes")
        {
            Description = "Does it. Without it the command says what it would do, and changes nothing.",
        };
        var leaveOut = new Option<bool>("--leave-out-damage")
        {
            Description = "Also drops unsound bytes that have sound batches behind them, which are kept. Where other replicas are sound, "
                + "delete the partition's folder instead, so that the broker copies it from them.",
        };
        var command = new Command(
            "repair", "Cuts torn ends off, builds indexes and leader epochs anew, and deletes producer snapshots and checkpoints that are "
            + "unsound. Refuses a log dir that a running broker has.")
        {
            paths, yes, leaveOut, json,
        };
        command.SetAction(result => ask(platform => Task.FromResult(new LogTool(platform, result.GetValue(json)).Repair(
            result.GetValue(paths)!, result.GetValue(yes), result.GetValue(leaveOut)))));
        return command;
    }

    private static Command ExportZnodes(Action<Func<ToolPlatform, Task<ToolOutcome>>> ask)
    {
        var (paths, json) = (Paths(), Json());
        paths.Description = "All log dirs of one broker, that with its embedded store first.";
        var ensemble = new Option<string>("--zookeeper")
        {
            HelpName = "host:port/path",
            Description = "Writes them there, as zookeeper.connect names it, where no cluster may be yet, and puts the embedded store "
                + "aside.",
        };
        var command = new Command(
            "export-znodes", "Prints what a Kafka's ZooKeeper must hold so that a Kafka starts on the log dirs of a broker that has run "
            + "alone: a path and its JSON on each line.")
        {
            paths, ensemble, json,
        };
        command.SetAction(result => ask(platform => new LogTool(platform, result.GetValue(json)).ExportZnodes(
            result.GetValue(paths)!, result.GetValue(ensemble))));
        return command;
    }

    private static Argument<string[]> Paths() => new("DIR")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "A log dir, a partition's folder, or one of their files.",
    };

    private static Option<bool> Deep() => new("--deep") { Description = "Also looks into the records of each batch." };

    private static Option<bool> Json() => new("--json") { Description = "Each line is a JSON object." };
}
