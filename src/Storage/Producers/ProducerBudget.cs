namespace KafkaCompatBroker.Storage.Producers;

/// <summary>
/// How many producers all logs of a broker remember together: anybody may write under any producer id, and each is kept for a day. Once the
/// budget is used up, a log that remembers more than its share forgets those that have not written for longest; a log with fewer goes on.
/// So all of them remember at most twice the budget, and who floods one log does not make the others forget. Any thread may use it.
/// </summary>
public sealed class ProducerBudget(int producersMax)
{
    private int producers;
    private int logs;

    /// <summary>All logs together.</summary>
    public int Producers => Volatile.Read(ref producers);

    /// <summary>By how many producers a log with so many is beyond its share; 0 while the budget is not used up.</summary>
    public int Excess(int producersOfLog)
        => Producers <= producersMax ? 0 : Math.Max(0, producersOfLog - producersMax / Math.Max(1, Volatile.Read(ref logs)));

    /// <summary>A log remembers another number of producers than before.</summary>
    internal void Change(int before, int after)
    {
        Interlocked.Add(ref producers, after - before);
        if (before == 0 && after > 0)
            Interlocked.Increment(ref logs);
        else if (before > 0 && after == 0)
            Interlocked.Decrement(ref logs);
    }
}
