using System.Text.RegularExpressions;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;

/// <summary>
/// Who reads why a start was refused, and does what it says. Of two copies of a partition the one goes that has not been written to for
/// longer: its log dir was lost, the replica was made anew in another, and then the dir has come back.
/// </summary>
internal static partial class Operator
{
    [GeneratedRegex(@"^log\.dirs: partition \S+ is in (\S+) and in (\S+); remove one of them$")]
    private static partial Regex TwoCopies { get; }

    public static void Read(string refusal, HostSetup setup)
    {
        if (TwoCopies.Match(refusal) is not { Success: true } match)
            return;
        string[] copies = [match.Groups[1].Value, match.Groups[2].Value];
        var older = copies.MinBy(copy => LastWritten(copy, setup))!;
        var logDir = setup.LogDirs.Single(dir => older.StartsWith($"{dir}/", StringComparison.Ordinal));
        setup.Tell($"the operator moves {older} away");
        setup.Machine.Disk.Rename(older, $"{logDir}-{Path.GetFileName(older)}-{setup.Machine.Disk.Steps}");
    }

    private static DateTimeOffset LastWritten(string copy, HostSetup setup)
        => setup.Machine.Disk.NamesIn(copy).Where(name => name.EndsWith(".log", StringComparison.Ordinal)).Max(
            name => setup.Machine.Disk.LastWriteTime($"{copy}/{name}"));
}
