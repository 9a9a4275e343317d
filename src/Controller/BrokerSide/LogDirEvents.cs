using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>
/// How a broker tells the controller that one of its log dirs has failed: by a sequential node that names the broker alone. The controller
/// then sends it LeaderAndIsr for all its replicas, and learns from the answers which ones are lost. KIP-112.
/// </summary>
public static class LogDirEvents
{
    public static Task Notify(IZooKeeper zooKeeper, BrokerId broker)
        => zooKeeper.Notify(ZnodePaths.LogDirEventPrefix, LogDirEventJson.Encode(broker));
}
