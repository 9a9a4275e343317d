using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Znodes.Json;

/// <summary><c>/brokers/topics/TOPIC/partitions/PARTITION/state</c>: the partition's leader and ISR.</summary>
public static class PartitionStateJson
{
    public static byte[] Encode(LeaderAndIsr state) => ZnodeJson.Encode(new StateZnode
    {
        ControllerEpoch = state.ControllerEpoch.Value,
        Leader = state.Leader.Value,
        Version = 1,
        LeaderEpoch = state.LeaderEpoch.Value,
        Isr = ZnodeJson.Numbers(state.Isr),
        LeaderRecoveryState = state.RecoveryState == LeaderRecoveryState.Recovering ? 1 : null,
    }, ZnodeJson.Shapes.StateZnode);

    /// <param name="zkVersion">The version of the znode, which is the partition epoch.</param>
    public static LeaderAndIsr? Decode(byte[]? data, int zkVersion)
        => ZnodeJson.Decode(data, ZnodeJson.Shapes.StateZnode) is not
            { ControllerEpoch: { } controllerEpoch, Leader: { } leader, LeaderEpoch: { } leaderEpoch, Isr: { } isr } znode
            ? null
            : new LeaderAndIsr(
                new BrokerId(leader), new LeaderEpoch(leaderEpoch), ZnodeJson.Ids(isr),
                (LeaderRecoveryState)(znode.LeaderRecoveryState ?? 0), new PartitionEpoch(zkVersion), new ControllerEpoch(controllerEpoch));
}
