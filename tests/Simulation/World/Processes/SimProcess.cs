using System.Globalization;
using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.Tests.Simulation.World.Networks;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Processes;

/// <summary>
/// One process of the world, with loops, clock, files and sockets of its own. When it ends, by <see cref="Kill"/> or by a crash in a step
/// of its disk, nothing that it has queued, armed or awaited runs any more, its connections are cut, its locks and open files are gone;
/// what it wrote stays.
/// </summary>
public sealed class SimProcess : ILoops
{
    private readonly SimScheduler scheduler;
    private readonly SimNetwork network;
    private readonly SimLifetime lifetime = new();
    private readonly SimLoops loops;
    private readonly ProcessDisk disk;

    public SimProcess(SimScheduler scheduler, SimDisk disk, SimNetwork network)
    {
        (this.scheduler, this.network) = (scheduler, network);
        loops = new SimLoops(scheduler, lifetime);
        this.disk = new ProcessDisk(disk, lifetime, crashed: Kill);
        Network = network.For(lifetime);
    }

    public bool IsAlive => !lifetime.IsOver;

    public IDisk Disk => disk;

    public INetwork Network { get; }

    public TimeProvider Time => loops.Time;

    public ILoop Create(string name) => loops.Create(name);

    public ILoop CreateBlocking(string name) => loops.CreateBlocking(name);

    /// <summary>Starts asynchronous code of the process. Its task never ends when the process ends first.</summary>
    public Task Start(Func<Task> code) => scheduler.Start(lifetime, code);

    /// <summary>As SIGKILL.</summary>
    public void Kill() => End(isMachineGone: false);

    /// <summary>The machine's power fails; what that does to the disk is for <see cref="SimDisk.LosePower"/>.</summary>
    public void LosePower() => End(isMachineGone: true);

    /// <summary>What the process holds of the world, in words; "nothing" behind an orderly end.</summary>
    public string Held()
    {
        var (listeners, connections) = network.HeldBy(lifetime);
        var files = disk.HeldFiles().Concat(disk.HeldLocks().Select(path => $"lock {path}")).ToList();
        return files.Count + listeners + connections == 0
            ? "nothing"
            : string.Create(
                CultureInfo.InvariantCulture, $"{listeners} listeners, {connections} connections, {string.Join(", ", files)}");
    }

    private void End(bool isMachineGone)
    {
        if (lifetime.IsOver)
            return;
        lifetime.End();
        scheduler.Trace.Add("killed");
        disk.Release();
        network.Release(lifetime, isMachineGone);
    }
}
