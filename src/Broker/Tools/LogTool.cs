using System.Text;
using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Inspection;

namespace KafkaCompatBroker.Broker.Tools;

/// <summary>What a run of the tool came to; the numbers are exit codes, which <c>--help</c> lists.</summary>
public enum ToolOutcome
{
    /// <summary>All is sound, or has been repaired.</summary>
    Sound = 0,
    Damaged = 1,
    /// <summary>Wrong use: no such path, a dir that a running broker has, a file that cannot be read.</summary>
    Refused = 2,
}

/// <summary>What a run of the tool stands on.</summary>
public sealed record ToolPlatform(BrokerPlatform Machine, TextWriter Output, TextWriter Errors)
{
    public IDisk Disk => Machine.Disk;
    public TimeProvider Time => Machine.Loops.Time;
}

/// <summary>
/// Looks into the files of log dirs and mends them, without a broker: <c>log dump</c>, <c>log verify</c> and <c>log repair</c>. Results go
/// to the standard output, one line each, progress and refusals to the standard error.
/// </summary>
public sealed class LogTool(ToolPlatform platform, bool isJson)
{
    private readonly IDisk disk = platform.Disk;
    private readonly ToolOutput output = new(platform.Output, isJson);

    public ToolOutcome Dump(IReadOnlyList<string> paths, bool isDeep, bool printsData) => Run(paths, path =>
        new LogDumper(disk, output, isDeep || printsData, printsData).Dump(path) > 0);

    public ToolOutcome Verify(IReadOnlyList<string> paths, bool isDeep) => Run(paths, path =>
    {
        var (progress, damage) = (new ToolProgress(platform.Errors, platform.Time, "verify"), 0);
        var isInUse = DirLock.IsHeld(disk, path);
        if (isInUse)
            output.Line(new Finding(path, "a broker runs here: what it has in memory only, and what it is writing, is not looked at")
            {
                Kind = FindingKind.Note,
            });
        var options = new InspectionOptions
        {
            Disk = disk,
            IsDeep = isDeep,
            IsInUse = isInUse,
            Progress = progress.AddBytes,
            Report = finding =>
            {
                damage += finding.Kind == FindingKind.Damage ? 1 : 0;
                output.Line(finding);
            },
        };
        LogInspector.Inspect(options, path, (folder, found) =>
        {
            progress.AddPartition();
            output.Line(
                "partition", ("folder", folder), ("logStart", found.LogStart), ("logEnd", found.LogEnd),
                ("segments", found.SegmentCount), ("batches", found.BatchCount), ("bytes", found.SizeInBytes));
        });
        output.Line(
            damage == 0 ? "sound" : "unsound", ("path", path), ("partitions", progress.Partitions), ("bytes", progress.Bytes),
            ("damages", damage));
        return damage > 0;
    });

    public ToolOutcome Repair(IReadOnlyList<string> paths, bool isAgreed, bool leavesOutDamage) => Run(paths, path =>
    {
        if (!DirLock.TryTake(disk, path, out var taken))
            throw new ToolRefusal($"{path}: a broker runs here; stop it first");
        using (taken)
        {
            var (progress, count) = (new ToolProgress(platform.Errors, platform.Time, "repair"), 0);
            var left = LogRepair.Run(
                new RepairOptions
                {
                    Disk = disk,
                    Time = platform.Time,
                    IsAgreed = isAgreed,
                    LeavesOutDamage = leavesOutDamage,
                    Progress = progress.AddBytes,
                    Tell = step =>
                    {
                        count++;
                        output.Line(isAgreed ? "repair" : "would", ("file", step.Path), ("what", step.What));
                        output.Flush();
                    },
                },
                path);
            foreach (var finding in left)
            {
                if (!isAgreed || finding.Remedy is RepairStep.LeaveOutDamage)
                    output.Line(finding);
                else
                    output.Line(finding with { What = $"{finding.What}; it cannot be repaired here" });
            }
            if (left.Any(finding => finding.Remedy is RepairStep.LeaveOutDamage) && !leavesOutDamage)
                output.Line("hint", ("what", "sound batches follow unsound bytes: --leave-out-damage keeps them and drops what is between, "
                    + "which another replica may still have"));
            output.Line(
                left.Count == 0 ? "sound" : "unsound", ("path", path), (isAgreed ? "repairs" : "wouldBeRepairs", count),
                ("damages", left.Count));
            if (!isAgreed && count > 0)
                output.Line("hint", ("what", "nothing was changed: --yes does it"));
            return left.Count > 0;
        }
    });

    /// <summary>Prints the znodes, or writes them into an ensemble.</summary>
    /// <param name="paths">All of a broker's log dirs, that with its store first.</param>
    /// <param name="ensemble">As <c>zookeeper.connect</c>; null prints.</param>
    public async Task<ToolOutcome> ExportZnodes(IReadOnlyList<string> paths, string? ensemble)
    {
        try
        {
            var dirs = paths.Select(LogDirs.FullPath).ToList();
            if (dirs.Find(dir => LogInspector.KindOf(disk, dir) != InspectedKind.LogDir) is { } other)
                throw new ToolRefusal($"{other} is no log dir");
            if (ensemble is not null)
            {
                await ZnodeExport.Write(dirs, ensemble, platform.Machine);
                output.Line("exported", ("to", ensemble));
            }
            else
            {
                foreach (var znode in await ZnodeExport.Collect(dirs, platform.Machine))
                    Print(znode);
            }
            output.Flush();
            return ToolOutcome.Sound;
        }
        catch (Exception exception) when (exception is StartupError or DiskError or ToolRefusal)
        {
            platform.Errors.WriteLine($"KafkaCompatBroker log: {exception.Message}");
            return ToolOutcome.Refused;
        }
    }

    private void Print(ExportedZnode znode)
    {
        var data = znode.Data is null ? null : Encoding.UTF8.GetString(znode.Data);
        if (isJson)
            output.Line("znode", ("path", znode.Path), ("data", data));
        else
            platform.Output.WriteLine(data is null ? znode.Path : $"{znode.Path} {data}");
    }

    /// <summary>The paths one after another; <paramref name="work"/> says whether it left damage.</summary>
    private ToolOutcome Run(IReadOnlyList<string> paths, Func<string, bool> work)
    {
        var outcome = ToolOutcome.Sound;
        try
        {
            foreach (var path in paths.Select(path => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))))
            {
                if (LogInspector.KindOf(disk, path) == InspectedKind.Unknown)
                    throw new ToolRefusal(disk.FileExists(path) || disk.DirectoryExists(path)
                        ? $"{path} is no log dir, no partition's folder and none of their files"
                        : $"{path} is not there");
                if (work(path))
                    outcome = ToolOutcome.Damaged;
            }
        }
        catch (Exception exception) when (exception is DiskError or ToolRefusal)
        {
            output.Flush();
            platform.Errors.WriteLine($"KafkaCompatBroker log: {exception.Message}");
            return ToolOutcome.Refused;
        }
        output.Flush();
        return outcome;
    }
}

/// <summary>The tool does not do what it is asked for; one line for whoever asked.</summary>
internal sealed class ToolRefusal(string reason) : Exception(reason);
