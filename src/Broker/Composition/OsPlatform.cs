using KafkaCompatBroker.Os.Disk;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Os.Network;
using KafkaCompatBroker.Os.Process;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>The platform that is this machine.</summary>
public static class OsPlatform
{
    public static BrokerPlatform Create(ILog log)
        => new(new OsDisk(), new OsNetwork(), new OsLoops(log), new OsRandom(), log, Machine.Name, Machine.MemoryBytes)
        {
            FileDescriptors = Machine.RaiseFileDescriptors(),
        };
}
