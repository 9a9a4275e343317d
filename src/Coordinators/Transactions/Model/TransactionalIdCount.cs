namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>
/// How many transactional ids a broker remembers, over all of its shards. Producers add them and nobody takes them away before they expire,
/// which is after a week; beyond the bound new ones are refused. What the log holds is loaded all the same. Any thread may use it.
/// </summary>
internal sealed class TransactionalIdCount(int max)
{
    private int count;

    public bool HasRoom => Volatile.Read(ref count) < max;

    public void Change(int by) => Interlocked.Add(ref count, by);
}
