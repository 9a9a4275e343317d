namespace KafkaCompatBroker.Broker.Network;

/// <summary>For what a connection waits; the order is that in which they are called.</summary>
internal enum MemoryWait
{
    /// <summary>The beginning of a small request, or of a broker's.</summary>
    Small,
    /// <summary>The rest of such a one of which a part is held.</summary>
    SmallGrowth,
    MediumGrowth,
    Medium,
    LargeGrowth,
    Large,
}

/// <summary>
/// The connections that wait for memory, each once and in the order in which they came. They are called one at a time, since a call costs
/// more than a piece of memory: whoever has been called and tried has the next one called. Any thread may use it.
/// </summary>
internal sealed class MemoryWaiters
{
    private readonly Lock guard = new();
    private readonly LinkedList<IMemoryWaiter>[] queues = [.. Enum.GetValues<MemoryWait>().Select(_ => new LinkedList<IMemoryWaiter>())];
    private readonly Dictionary<IMemoryWaiter, (MemoryWait Wait, LinkedListNode<IMemoryWaiter> Node)> places = [];
    private int count;

    public bool IsEmpty => Volatile.Read(ref count) == 0;

    /// <summary>One that waits already keeps its place, unless it waits for something else now.</summary>
    public void Add(IMemoryWaiter waiter, MemoryWait wait)
    {
        lock (guard)
        {
            if (places.TryGetValue(waiter, out var place))
            {
                if (place.Wait == wait)
                    return;
                queues[(int)place.Wait].Remove(place.Node);
            }
            places[waiter] = (wait, queues[(int)wait].AddLast(waiter));
            Volatile.Write(ref count, places.Count);
        }
    }

    public void Remove(IMemoryWaiter waiter)
    {
        if (IsEmpty)
            return;
        lock (guard)
        {
            if (!places.Remove(waiter, out var place))
                return;
            queues[(int)place.Wait].Remove(place.Node);
            Volatile.Write(ref count, places.Count);
        }
    }

    /// <summary>Takes out the first that may go on; null when none may.</summary>
    public IMemoryWaiter? Take(Func<MemoryWait, bool> mayGoOn)
    {
        lock (guard)
        {
            for (var wait = MemoryWait.Small; wait <= MemoryWait.Large; wait++)
            {
                if (queues[(int)wait].First is not { } first || !mayGoOn(wait))
                    continue;
                queues[(int)wait].RemoveFirst();
                places.Remove(first.Value);
                Volatile.Write(ref count, places.Count);
                return first.Value;
            }
            return null;
        }
    }
}
