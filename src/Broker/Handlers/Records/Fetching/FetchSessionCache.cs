using System.Diagnostics.CodeAnalysis;

namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>
/// The fetch sessions of this broker, a bounded number of them with a bounded number of partitions together. When it is full the session
/// idle for longest goes if that is more than two minutes; otherwise one that is worth less than the new one: consumers are worth less than
/// followers, few partitions less than many. Where there is none, the client goes on without a session. KIP-227. Used by all connections at
/// once, under one lock held for a look-up.
/// </summary>
public sealed class FetchSessionCache(int slots, long partitionsMax, TimeProvider time, Random random)
{
    private static readonly TimeSpan EvictionAge = TimeSpan.FromMinutes(2);

    private readonly Lock gate = new();
    private readonly Dictionary<int, FetchSession> sessions = [];
    private long partitions;

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
            TryRemove(id);
    }

    /// <summary>The session holds so many partitions now; false when there is no room for them, and then it ends.</summary>
    internal bool TryResize(FetchSession session, int partitionCount)
    {
        lock (gate)
        {
            if (partitionCount == session.CountedPartitions || !sessions.ContainsKey(session.Id))
                return true;
            TryRemove(session.Id);
            if (!TryMakeRoom(session.IsPrivileged, partitionCount))
                return false;
            Add(session, partitionCount);
            return true;
        }
    }

    /// <summary>A new session that will hold so many partitions; null when there is no room for it.</summary>
    internal FetchSession? TryCreate(bool usesTopicIds, bool isPrivileged, int partitionCount)
    {
        lock (gate)
        {
            if (!TryMakeRoom(isPrivileged, partitionCount))
                return null;
            var session = new FetchSession(NewId(), usesTopicIds, isPrivileged, time.GetUtcNow());
            Add(session, partitionCount);
            return session;
        }
    }

    private void Add(FetchSession session, int partitionCount)
    {
        sessions.Add(session.Id, session);
        partitions += session.CountedPartitions = partitionCount;
    }

    private bool TryRemove(int id)
    {
        if (!sessions.Remove(id, out var session))
            return false;
        partitions -= session.CountedPartitions;
        return true;
    }

    private bool TryMakeRoom(bool isPrivileged, int partitionCount)
    {
        if (partitionCount > partitionsMax)
            return false;
        var now = time.GetUtcNow();
        while (sessions.Count >= slots || partitions + partitionCount > partitionsMax)
        {
            if (!TryEvict(isPrivileged, partitionCount, now))
                return false;
        }
        return true;
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
            return TryRemove(idlest.Id);
        if (leastWorth is not null && Worth(leastWorth).CompareTo((isPrivileged, partitionCount)) < 0)
            return TryRemove(leastWorth.Id);
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
