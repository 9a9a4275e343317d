namespace KafkaCompatBroker.Controller.Model;

/// <summary>Whether a leader was elected from outside the ISR and may have lost records. KIP-704.</summary>
public enum LeaderRecoveryState : sbyte
{
    Recovered = 0,
    Recovering = 1,
}

/// <summary>
/// A partition's leadership as its <c>state</c> znode holds it: Leader −1 is none, PartitionEpoch is the znode's version, ControllerEpoch
/// that of the controller whose decision it is. Isr is never empty.
/// </summary>
public sealed record LeaderAndIsr(
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    IReadOnlyList<BrokerId> Isr,
    LeaderRecoveryState RecoveryState,
    PartitionEpoch PartitionEpoch,
    ControllerEpoch ControllerEpoch)
{
    /// <summary>
    /// Stands in UpdateMetadata in the leader's place while the partition's topic is being deleted: brokers then drop the partition from
    /// their metadata, and the offsets that groups have committed for it.
    /// </summary>
    public static readonly BrokerId LeaderDuringDelete = new(-2);

    /// <summary>
    /// Stands in StopReplica for a topic that is being deleted: the broker deletes the replica whatever its leader epoch is.
    /// </summary>
    public static readonly LeaderEpoch EpochDuringDelete = new(-2);

    /// <summary>The leadership that follows on this one: another leader and ISR, and the next leader epoch.</summary>
    public LeaderAndIsr Next(BrokerId leader, IReadOnlyList<BrokerId> isr, ControllerEpoch controllerEpoch) => this with
    {
        Leader = leader,
        Isr = isr,
        LeaderEpoch = new LeaderEpoch(LeaderEpoch.Value + 1),
        ControllerEpoch = controllerEpoch,
    };

    public override string ToString()
        => $"leader={Leader} leaderEpoch={LeaderEpoch} isr=[{string.Join(',', Isr)}] partitionEpoch={PartitionEpoch}";
}
