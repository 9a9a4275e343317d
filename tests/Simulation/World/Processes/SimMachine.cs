using System.Net;
using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.Tests.Simulation.World.Networks;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Processes;

/// <summary>A machine of the world: an address, and a disk that its processes share.</summary>
public sealed class SimMachine
{
    private readonly SimScheduler scheduler;
    private readonly SimNetwork network;

    internal SimMachine(SimScheduler scheduler, SimNetwork network, IPAddress address)
    {
        (this.scheduler, this.network, Address) = (scheduler, network, address);
        Disk = new SimDisk(scheduler);
    }

    public IPAddress Address { get; }

    public SimDisk Disk { get; }

    public SimProcess CreateProcess() => new(scheduler, Disk, network, Address);
}
