using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>What a broker stands on: the machine in production, a simulated world in tests.</summary>
/// <param name="HostName">What an advertised listener without a host stands for.</param>
/// <param name="MemoryBytes">Memory that the process may use; bounds on requests are parts of it.</param>
public sealed record BrokerPlatform(IDisk Disk, INetwork Network, ILoops Loops, Random Random, ILog Log, string HostName, long MemoryBytes)
{
    /// <summary>How many files and sockets the process may have open.</summary>
    public int FileDescriptors { get; init; } = int.MaxValue;

    /// <summary>
    /// The store of the cluster, where all its brokers are in one process; <c>zookeeper.connect</c> is not looked at then. Null otherwise.
    /// </summary>
    public EmbeddedStore? SharedStore { get; init; }

    /// <summary>What the log goes by.</summary>
    public LogLevels LogLevels { get; init; } = new();

    public FileBudget Files => new(FileDescriptors, () => Disk.OpenFileCount);
}
