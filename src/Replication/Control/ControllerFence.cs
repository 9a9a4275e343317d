namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// What keeps an old controller, or a request meant for this broker's former life, from being obeyed: the controller epoch never goes back,
/// over LeaderAndIsr, StopReplica and UpdateMetadata together, and the broker epoch is not older than our registration. KIP-380. Touched
/// only on the loop of <see cref="ControllerRequests"/>, but for the registration.
/// </summary>
public sealed class ControllerFence
{
    private long brokerEpoch = BrokerEpoch.Unknown.Value;

    public ControllerEpoch LastControllerEpoch { get; private set; } = ControllerEpoch.None;

    /// <summary>Sets the epoch of this broker's newest registration; on any thread.</summary>
    public void Register(BrokerEpoch epoch) => Volatile.Write(ref brokerEpoch, epoch.Value);

    /// <summary>
    /// None lets the request pass and remembers its controller epoch. A broker epoch ahead of ours passes: the news of our registration may
    /// be slower.
    /// </summary>
    public KafkaError Check(BrokerEpoch target, ControllerEpoch controllerEpoch)
    {
        if (target != BrokerEpoch.Unknown && target.Value < Volatile.Read(ref brokerEpoch))
            return KafkaError.StaleBrokerEpoch;
        if (controllerEpoch < LastControllerEpoch)
            return KafkaError.StaleControllerEpoch;
        LastControllerEpoch = controllerEpoch;
        return KafkaError.None;
    }
}
