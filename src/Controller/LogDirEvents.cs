namespace KafkaCompatBroker.Controller;

/// <summary>
/// How a broker tells the controller that one of its log dirs has failed: by a sequential node that names the broker alone. The controller then sends it
/// LeaderAndIsr for all its replicas, and learns from the answers which ones are lost. KIP-112.
/// </summary>
public static class LogDirEvents
{
    public static async Task Notify(IZooKeeper zooKeeper, BrokerId broker)
    {
        var created = await zooKeeper.Apply(new ZkOp.Create(Znodes.LogDirEventPrefix, ZnodeJson.EncodeLogDirEvent(broker), ZkCreateMode.PersistentSequential));
        if (created.Result != ZkResult.Ok)
            throw new ZooKeeperFailed(created.Result, Znodes.LogDirEventPrefix);
    }
}
