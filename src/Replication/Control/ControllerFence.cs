namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// Keeps this broker from obeying an old controller, or a request that was meant for an earlier registration of the broker: the controller
/// epoch never goes back, over LeaderAndIsr, StopReplica and UpdateMetadata together, and the broker epoch of a request is not older than
/// that of our registration. KIP-380. Touched only on the loop of <see cref="ControllerRequests"/>, but for <see cref="Register"/>.
/// </summary>
public sealed class ControllerFence(ILoop loop)
{
    private bool isClosed;
    private long brokerEpoch = BrokerEpoch.Unknown.Value;

    public ControllerEpoch LastControllerEpoch { get; private set; } = ControllerEpoch.None;

    /// <summary>Of this broker's newest registration; on any thread.</summary>
    public BrokerEpoch BrokerEpoch => new(Volatile.Read(ref brokerEpoch));

    /// <summary>Sets the epoch of this broker's newest registration; on any thread.</summary>
    public void Register(BrokerEpoch epoch) => Volatile.Write(ref brokerEpoch, epoch.Value);

    /// <summary>The broker stops: what a controller sends from now on, its own one's last word too, comes too late.</summary>
    public void Close()
    {
        Invariant.Holds(loop.IsCurrent);
        isClosed = true;
    }

    /// <summary>
    /// None lets the request pass and remembers its controller epoch. A broker epoch ahead of ours passes: the news of our registration may
    /// be slower.
    /// </summary>
    public KafkaError Check(BrokerEpoch target, ControllerEpoch controllerEpoch)
    {
        Invariant.Holds(loop.IsCurrent);
        if (isClosed || (target != BrokerEpoch.Unknown && target.Value < Volatile.Read(ref brokerEpoch)))
            return KafkaError.StaleBrokerEpoch;
        if (controllerEpoch < LastControllerEpoch)
            return KafkaError.StaleControllerEpoch;
        LastControllerEpoch = controllerEpoch;
        return KafkaError.None;
    }
}
