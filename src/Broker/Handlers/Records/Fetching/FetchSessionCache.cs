using System.Diagnostics.CodeAnalysis;

namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>
/// The fetch sessions of this broker, a bounded number of them. When it is full the session idle for longest goes if that is more than two
/// minutes; otherwise one that is worth less than the new one: consumers are worth less than followers, few partitions less than many.
/// Where there is none, the client goes on without a session. KIP-227. Used by all connections at once, under one lock held for a look-up.
/// </summary>
public sealed class FetchSessionCache(int slots, TimeProvider time, Random random)
{
    private static readonly TimeSpan EvictionAge = TimeSpan.FromMinutes(2);

    private readonly Lock gate = new();
    private readonly Dictionary<int, FetchSession> sessions = [];

    public int Count
    {
        get
        {
            lock (gate)
                return sessions.Count;
        }
    }

    internal bool TryUse(int id, [MaybeNullWhen(false)] out FetchSession session)
    {
        lock (gate)
        {
            if (!sessions.TryGetValue(id, out session))
                return false;
            session.LastUsed = time.GetUtcNow();
            return true;
        }
    }

    internal void Remove(int id)
    {
        lock (gate)
            sessions.Remove(id);
    }

    /// <summary>A new session that will hold so many partitions; null when there is no room for it.</summary>
    internal FetchSession? TryCreate(bool usesTopicIds, bool isPrivileged, int partitionCount)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (sessions.Count >= slots && !TryEvict(isPrivileged, partitionCount, now))
                return null;
            var session = new FetchSession(NewId(), usesTopicIds, isPrivileged, now);
            sessions.Add(session.Id, session);
            return session;
        }
    }

    private bool TryEvict(bool isPrivileged, int partitionCount, DateTimeOffset now)
    {
        FetchSession? idlest = null, leastWorth = null;
        foreach (var session in sessions.Values)
        {
            if (idlest is null || session.LastUsed < idlest.LastUsed)
                idlest = session;
            var isEvictable = now - session.Created > EvictionAge || (isPrivileged && !session.IsPrivileged);
            if (isEvictable && (leastWorth is null || Worth(session).CompareTo(Worth(leastWorth)) < 0))
                leastWorth = session;
        }
        if (idlest is not null && now - idlest.LastUsed > EvictionAge)
            return sessions.Remove(idlest.Id);
        if (leastWorth is not null && Worth(leastWorth).CompareTo((isPrivileged, partitionCount)) < 0)
            return sessions.Remove(leastWorth.Id);
        return false;
    }

    private static (bool IsPrivileged, int PartitionCount) Worth(FetchSession session) => (session.IsPrivileged, session.Count);

    /// <summary>Unguessable, so that a client does not come upon another's session by counting. Never 0, which means no session.</summary>
    private int NewId()
    {
        int id;
        do
            id = random.Next(1, int.MaxValue);
        while (sessions.ContainsKey(id));
        return id;
    }
}
