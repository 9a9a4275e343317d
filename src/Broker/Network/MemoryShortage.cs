namespace KafkaCompatBroker.Broker.Network;

/// <summary>What a connection's peer makes the broker hold, and for how long it has.</summary>
internal readonly record struct Holding<T>(T Holder, long Bytes, TimeSpan Age);

/// <summary>
/// Which connections are given up when requests have to wait for memory. Time alone gives nobody up: a slow peer that holds less than the
/// others on average stays, and so does everyone while it is the broker's own work that holds the memory.
/// </summary>
internal static class MemoryShortage
{
    /// <summary>Whoever has held memory for less than this may be about to finish.</summary>
    public static readonly TimeSpan AgeMin = TimeSpan.FromMilliseconds(250);

    /// <summary>The connections to give up, those first that hold most for longest, until a quarter of the memory is free.</summary>
    /// <param name="holdings">What the peers of all connections hold; those that hold nothing may be among them.</param>
    /// <param name="usedBytes">What is in use, for the peers and for the broker's work on requests.</param>
    /// <param name="limitBytes">How much there is.</param>
    public static IEnumerable<Holding<T>> Victims<T>(IReadOnlyCollection<Holding<T>> holdings, long usedBytes, long limitBytes)
    {
        var holders = holdings.Where(holding => holding.Bytes > 0).ToList();
        var heldBytes = holders.Sum(holding => holding.Bytes);
        if (heldBytes < limitBytes / 2)
            yield break;
        var average = heldBytes / holders.Count;
        var toFree = usedBytes - (limitBytes - limitBytes / 4);
        foreach (var holding in holders
            .Where(holding => holding.Bytes >= average && holding.Age >= AgeMin)
            .OrderByDescending(holding => holding.Bytes * holding.Age.TotalMilliseconds))
        {
            if (toFree <= 0)
                yield break;
            toFree -= holding.Bytes;
            yield return holding;
        }
    }
}
