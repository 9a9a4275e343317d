using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Context;

/// <summary>
/// The registered brokers, by id, which of them have said that they shut down, and which of their replicas they do not serve, as their
/// answers to LeaderAndIsr have said. What a broker has said goes with its registration. Part of <see cref="ControllerContext"/>; changed
/// only on the coordination loop.
/// </summary>
internal sealed class LiveBrokers(ILoop loop)
{
    private readonly SortedDictionary<int, LiveBroker> brokers = [];
    private readonly HashSet<BrokerId> shuttingDown = [];
    private readonly HashSet<Replica> inFailedLogDirs = [];
    private readonly Dictionary<Replica, KafkaError> refusals = [];

    public IReadOnlyDictionary<int, LiveBroker> ById => brokers;

    public IReadOnlyCollection<LiveBroker> All => brokers.Values;

    public IReadOnlyList<BrokerId> Ids => [.. brokers.Values.Select(broker => broker.Id)];

    public bool IsRegistered(BrokerId broker) => brokers.ContainsKey(broker.Value);

    public bool IsShuttingDown(BrokerId broker) => shuttingDown.Contains(broker);

    /// <summary>Whether the broker is registered and stays: one that shuts down is given nothing more to lead.</summary>
    public bool IsLive(BrokerId broker) => IsRegistered(broker) && !IsShuttingDown(broker);

    public LiveBroker? Find(BrokerId broker) => brokers.GetValueOrDefault(broker.Value);

    /// <summary>Whether the replica's broker is live and the replica is in no log dir that failed.</summary>
    public bool IsOnline(Replica replica) => IsLive(replica.Broker) && !inFailedLogDirs.Contains(replica);

    /// <summary>The same, where a broker that shuts down counts as long as it is there.</summary>
    public bool IsOnlineOrShuttingDown(Replica replica) => IsRegistered(replica.Broker) && !inFailedLogDirs.Contains(replica);

    public void Add(LiveBroker broker)
    {
        Invariant.Holds(loop.IsCurrent);
        brokers.Add(broker.Id.Value, broker);
    }

    /// <summary>The broker has other listeners, in the same registration.</summary>
    public void Replace(LiveBroker broker)
    {
        Invariant.Holds(loop.IsCurrent);
        Invariant.Holds(IsRegistered(broker.Id));
        brokers[broker.Id.Value] = broker;
    }

    public void Remove(BrokerId broker)
    {
        Invariant.Holds(loop.IsCurrent);
        brokers.Remove(broker.Value);
        shuttingDown.Remove(broker);
        Forget(replica => replica.Broker == broker);
    }

    /// <summary>The broker is about to stop; until its registration goes.</summary>
    public void BeginShutdown(BrokerId broker)
    {
        Invariant.Holds(loop.IsCurrent);
        Invariant.Holds(IsRegistered(broker));
        shuttingDown.Add(broker);
    }

    /// <summary>The broker serves the replica.</summary>
    public void SetServed(Replica replica)
    {
        Invariant.Holds(loop.IsCurrent);
        inFailedLogDirs.Remove(replica);
        refusals.Remove(replica);
    }

    /// <summary>The replica is in a log dir that failed; false when that was known.</summary>
    public bool SetInFailedLogDir(Replica replica)
    {
        Invariant.Holds(loop.IsCurrent);
        return inFailedLogDirs.Add(replica);
    }

    /// <summary>The broker refuses to serve the replica; false when it had refused with the same error before.</summary>
    public bool SetRefused(Replica replica, KafkaError error)
    {
        Invariant.Holds(loop.IsCurrent);
        if (refusals.TryGetValue(replica, out var before) && before == error)
            return false;
        refusals[replica] = error;
        return true;
    }

    /// <summary>Forgets what brokers have said of a topic that is no more.</summary>
    public void ForgetTopic(string topic)
    {
        Invariant.Holds(loop.IsCurrent);
        Forget(replica => string.Equals(replica.Partition.Topic, topic, StringComparison.Ordinal));
    }

    private void Forget(Func<Replica, bool> isGone)
    {
        inFailedLogDirs.RemoveWhere(replica => isGone(replica));
        foreach (var replica in refusals.Keys.Where(isGone).ToArray())
            refusals.Remove(replica);
    }
}
