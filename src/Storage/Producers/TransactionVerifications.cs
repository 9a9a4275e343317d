namespace KafkaCompatBroker.Storage.Producers;

/// <summary>
/// The producers of a log whose transaction has yet to write here, and of which the transaction's coordinator was asked or is being asked
/// whether it has the partition. The guard stays until the transaction's first batch or a marker is appended, so that a batch which was
/// verified before a marker is not appended behind it. The least sequence that was seen stays with it: when a producer's first batch could
/// not be verified and a later one could, that one is out of order. Touched only by the log's writer. KIP-890.
/// </summary>
internal sealed class TransactionVerifications
{
    private readonly Dictionary<long, Entry> entries = [];

    public int Count => entries.Count;

    /// <summary>The producer's guard, made when there is none.</summary>
    public VerificationGuard Begin(ProducerIdAndEpoch producer, int baseSequence, long nowMs)
    {
        if (!entries.TryGetValue(producer.ProducerId, out var entry))
            entries[producer.ProducerId] = entry = new Entry(producer.Epoch, baseSequence, nowMs);
        else
            entry.Take(producer.Epoch, baseSequence);
        return entry.Guard;
    }

    public bool Holds(long producerId, VerificationGuard? guard)
        => guard is not null && entries.TryGetValue(producerId, out var entry) && ReferenceEquals(entry.Guard, guard);

    /// <summary>Whether the producer was seen with a lower sequence of the epoch, which is not in the log.</summary>
    public bool HasSeenBelow(ProducerIdAndEpoch producer, int baseSequence)
        => entries.TryGetValue(producer.ProducerId, out var entry) && entry.Epoch == producer.Epoch && baseSequence > entry.LeastSequence;

    public bool AreOfLaterEpoch(long producerId, short epoch) => entries.TryGetValue(producerId, out var entry) && entry.Epoch > epoch;

    /// <summary>False when there is none of the producer.</summary>
    public bool End(long producerId) => entries.Remove(producerId);

    public void RemoveExpired(long nowMs, long expirationMs)
    {
        foreach (var (producerId, entry) in entries)
        {
            if (nowMs - entry.BeganMs >= expirationMs)
                entries.Remove(producerId);
        }
    }

    /// <summary>Forgets those that began first.</summary>
    public void Forget(int count)
    {
        if (count <= 0 || entries.Count == 0)
            return;
        var byAge = entries.Select(pair => (pair.Value.BeganMs, pair.Key)).Order().Take(count).ToArray();
        foreach (var (_, producerId) in byAge)
            entries.Remove(producerId);
    }

    public void Clear() => entries.Clear();

    private sealed class Entry(short epoch, int baseSequence, long beganMs)
    {
        public short Epoch { get; private set; } = epoch;
        public VerificationGuard Guard { get; } = new();
        public int LeastSequence { get; private set; } = baseSequence;
        public long BeganMs => beganMs;

        public void Take(short newEpoch, int newSequence)
        {
            if (newEpoch > Epoch)
                (Epoch, LeastSequence) = (newEpoch, newSequence);
            else if (newEpoch == Epoch)
                LeastSequence = Math.Min(LeastSequence, newSequence);
        }
    }
}
