using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.World.Disks;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;

/// <summary>The faults that meet the disks. A log dir that has failed is taken back by the broker only when it starts anew.</summary>
internal sealed class DiskFaultInjector(RunContext run, SimDisk disk, IReadOnlyList<string> logDirs, Action<FaultKind> count)
{
    private readonly List<(FaultKind Kind, DiskFault Fault)> armed = [];
    private readonly List<SimFileSystem> full = [];
    private bool wasHit;

    /// <summary>The log dir that stays dead.</summary>
    public string? DeadDir { get; private set; }

    private Random Random => run.World.Random;

    public void Inject(FaultKind kind)
    {
        var dir = logDirs[Random.Next(logDirs.Count)];
        switch (kind)
        {
            case FaultKind.DiskError:
                FailOnce(FaultKind.DiskError, dir, DrawOperation());
                break;
            case FaultKind.StoreError:
                FailOnce(FaultKind.StoreError, logDirs[0], DrawOperation());
                break;
            case FaultKind.DirFails:
                FailDir(dir);
                break;
            case FaultKind.DiskFull:
                Fill(dir);
                break;
        }
    }

    /// <summary>True when a log dir may have been lost to the running broker.</summary>
    public bool Heal(bool mayLeaveDirDead)
    {
        NoteHits();
        disk.HealFaults();
        var dead = mayLeaveDirDead && logDirs.Count > 1
            ? logDirs.Skip(1).FirstOrDefault(dir => armed.Exists(
                one => one.Kind == FaultKind.DirFails && one.Fault.HitCount > 0 && one.Fault.Matches(DiskOperation.Write, $"{dir}/x")))
            : null;
        armed.Clear();
        EndFullness();
        if (dead is not null)
        {
            DeadDir = dead;
            disk.Arm(new DiskFault((_, path) => IsIn(dead, path), DiskErrorKind.InputOutput));
        }
        return wasHit;
    }

    private void FailOnce(FaultKind kind, string dir, DiskOperation operation)
    {
        var isStore = kind == FaultKind.StoreError;
        Arm(kind, new DiskFault(
            (met, path) => met == operation && IsIn(dir, path) && path.Contains("embedded-zookeeper", StringComparison.Ordinal) == isStore,
            DrawError())
        {
            Skip = Random.Next(isStore ? 4 : 20),
            Times = 1,
        });
    }

    /// <summary>Everything in the dir fails from some call on; in the end, or earlier, somebody mends it.</summary>
    private void FailDir(string dir)
    {
        var error = DrawError();
        var fault = new DiskFault((_, path) => IsIn(dir, path), error) { Skip = Random.Next(60) };
        Arm(FaultKind.DirFails, fault);
        if (Random.Next(2) == 0)
            run.World.Time.CreateTimer(
                _ => fault.Times = 0, null, TimeSpan.FromMilliseconds(Random.Next(500, 8000)), Timeout.InfiniteTimeSpan);
    }

    private void Fill(string dir)
    {
        var fileSystem = disk.FileSystemOf(dir);
        fileSystem.CapacityBytes = fileSystem.UsedBytes + Random.Next(3000);
        full.Add(fileSystem);
        run.World.Time.CreateTimer(_ => EndFullness(), null, TimeSpan.FromMilliseconds(Random.Next(500, 8000)), Timeout.InfiniteTimeSpan);
    }

    private void EndFullness()
    {
        foreach (var fileSystem in full)
        {
            if (fileSystem.HasRefused)
            {
                wasHit = true;
                count(FaultKind.DiskFull);
            }
            (fileSystem.CapacityBytes, fileSystem.HasRefused) = (long.MaxValue, false);
        }
        full.Clear();
    }

    private void Arm(FaultKind kind, DiskFault fault)
    {
        armed.Add((kind, fault));
        disk.Arm(fault);
    }

    private void NoteHits()
    {
        foreach (var (kind, _) in armed.Where(one => one.Fault.HitCount > 0))
        {
            wasHit = true;
            count(kind);
        }
    }

    private DiskOperation DrawOperation()
    {
        var all = Enum.GetValues<DiskOperation>();
        return Random.Next(2) == 0 ? DiskOperation.Flush : all[Random.Next(all.Length)];
    }

    private DiskErrorKind DrawError() => Random.Next(3) == 0 ? DiskErrorKind.NoSpace : DiskErrorKind.InputOutput;

    private static bool IsIn(string dir, string path) => path == dir || path.StartsWith(dir + "/", StringComparison.Ordinal);
}
