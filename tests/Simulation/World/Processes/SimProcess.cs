using System.Globalization;
using System.Net;
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
    private readonly SimDisk machineDisk;
    private readonly ProcessDisk disk;

    /// <param name="address">The machine's, from which the process connects.</param>
    public SimProcess(SimScheduler scheduler, SimDisk machineDisk, SimNetwork network, IPAddress address)
    {
        (this.scheduler, this.machineDisk, this.network) = (scheduler, machineDisk, network);
        loops = new SimLoops(scheduler, lifetime);
        disk = new ProcessDisk(machineDisk, lifetime, crashed: () => End(CrashLosesPower));
        Network = network.For(lifetime, address);
    }

    public bool IsAlive => !lifetime.IsOver;

    /// <summary>Whether a crash in a step of the disk is a power loss.</summary>
    public bool CrashLosesPower { get; set; }

    public bool HasLostPower { get; private set; }

    /// <summary>Called when the process has ended, however it did.</summary>
    public Action? Ended { get; set; }

    public IDisk Disk => disk;

    public INetwork Network { get; }

    public TimeProvider Time => loops.Time;

    public int Processors => loops.Processors;

    public ILoop Create(string name) => loops.Create(name);

    public ILoop CreateBlocking(string name) => loops.CreateBlocking(name);

    /// <summary>Starts asynchronous code of the process. Its task never ends when the process ends first.</summary>
    public Task Start(Func<Task> code) => scheduler.Start(lifetime, code);

    public bool IsPaused => lifetime.IsPaused;

    /// <summary>As SIGSTOP: nothing of it runs, and the system still takes connections and bytes for it.</summary>
    public void Pause()
    {
        scheduler.Trace.Add("paused");
        lifetime.Pause();
    }

    /// <summary>As SIGCONT.</summary>
    public void Resume()
    {
        scheduler.Trace.Add("resumed");
        lifetime.Resume();
    }

    /// <summary>As SIGKILL.</summary>
    public void Kill() => End(losesPower: false);

    /// <summary>The machine's power fails: the disk loses what is not durable, and no peer is told.</summary>
    public void LosePower() => End(losesPower: true);

    /// <summary>How many connections the process has accepted, or has waiting, and has not closed.</summary>
    public int ConnectionCount => network.HeldBy(lifetime).Connections.Count;

    /// <summary>What the process holds of the world, in words; "nothing" behind an orderly end.</summary>
    public string Held()
    {
        var (listeners, connections) = network.HeldBy(lifetime);
        var files = disk.HeldFiles().Concat(disk.HeldLocks().Select(path => $"lock {path}")).ToList();
        return files.Count + listeners + connections.Count == 0
            ? "nothing"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{listeners} listeners, {connections.Count} connections, {string.Join(", ", files.Concat(connections.Select(Told)))}");
    }

    private static string Told(SimLink link) => $"{link.ClientEndPoint} to {link.Listener}";

    private void End(bool losesPower)
    {
        if (lifetime.IsOver)
            return;
        lifetime.End();
        scheduler.Trace.Add("killed");
        disk.Release();
        network.Release(lifetime, isMachineGone: losesPower);
        HasLostPower = losesPower;
        if (losesPower)
            machineDisk.LoseUnsynced();
        Ended?.Invoke();
    }
}
