namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// For how long this broker may be taken for the leader of what it leads, and acknowledge records: while its ZooKeeper session lives for
/// certain, and once the controller that knows of the broker's registration in that session has told it what it leads. Without a server
/// for longer than the session's timeout, others may lead by then. A Kafka goes on, and records that it has acknowledged are lost; here
/// producers are sent to look for the leader. Read on any thread.
/// </summary>
internal sealed class SessionLease(TimeProvider time)
{
    private volatile Term? term;

    public bool IsHeld => term is { IsConfirmed: true } held && time.GetTimestamp() < held.Session.LivesUntil;

    /// <summary>How long the session lives for certain; zero or less when that is over.</summary>
    public TimeSpan Left => term is { } current && current.Session.LivesUntil is var end && end > time.GetTimestamp()
        ? time.GetElapsedTime(time.GetTimestamp(), end)
        : TimeSpan.Zero;

    /// <summary>The broker has registered in a session; what it led before, it leads again when the controller says so.</summary>
    public void Register(IZooKeeper session, BrokerEpoch epoch) => term = new Term(session, epoch);

    /// <summary>A LeaderAndIsr for a registration has been applied; a controller of before Kafka 2.2 does not say for which.</summary>
    public void Confirm(BrokerEpoch epoch)
    {
        if (term is { } current && (epoch == BrokerEpoch.Unknown || epoch.Value >= current.Epoch.Value))
            current.IsConfirmed = true;
    }

    private sealed class Term(IZooKeeper session, BrokerEpoch epoch)
    {
        private volatile bool isConfirmed;

        public IZooKeeper Session => session;

        public BrokerEpoch Epoch => epoch;

        public bool IsConfirmed { get => isConfirmed; set => isConfirmed = value; }
    }
}
