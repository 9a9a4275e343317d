using System.Diagnostics.CodeAnalysis;

namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>
/// The partitions that a client fetches again and again, so that it sends only what changes and is sent only what is new. KIP-227. Two
/// connections may name the same session, so it is guarded by its own lock, held for no longer than a look at its partitions. Partitions
/// that gave records move to the end, so that those behind them get their turn when an answer is full.
/// </summary>
internal sealed class FetchSession(int id, bool usesTopicIds, bool isPrivileged, DateTimeOffset created)
{
    private readonly Lock gate = new();
    private readonly LinkedList<FetchedPartition> order = [];
    private readonly Dictionary<FetchPartitionKey, LinkedListNode<FetchedPartition>> byKey = [];
    private FetchedPartition[]? ordered;

    public int Id => id;
    /// <summary>Whether partitions are named by topic id; a client that changes its mind needs a new session. KIP-516.</summary>
    public bool UsesTopicIds => usesTopicIds;
    /// <summary>A follower's session, which consumers' sessions cannot push out.</summary>
    public bool IsPrivileged => isPrivileged;
    public DateTimeOffset Created { get; } = created;
    /// <summary>Set by the cache, under its lock.</summary>
    public DateTimeOffset LastUsed { get; set; } = created;
    /// <summary>As how many partitions the cache counts it. Set by the cache, under its lock.</summary>
    public int CountedPartitions { get; set; }
    /// <summary>The epoch that the next request must have.</summary>
    public int Epoch { get; private set; } = 1;

    public int Count
    {
        get
        {
            lock (gate)
                return order.Count;
        }
    }

    /// <summary>Puts the partitions of the request that began the session in.</summary>
    public void Fill(IEnumerable<FetchedPartition> partitions)
    {
        lock (gate)
        {
            foreach (var partition in partitions)
                byKey.Add(partition.Key, order.AddLast(partition));
        }
    }

    /// <summary>
    /// Takes an incremental request in: additions and changes, then what to forget. Gives all partitions to read and the epoch of the
    /// answer; false when the request is not the next one of this session.
    /// </summary>
    public bool TryAdvance(FetchRequest request, [MaybeNullWhen(false)] out FetchedPartition[] partitions, out int nextEpoch)
    {
        lock (gate)
        {
            partitions = null;
            nextEpoch = Epoch;
            if (request.SessionEpoch != Epoch)
                return false;
            Epoch = nextEpoch = Epoch == int.MaxValue ? 1 : Epoch + 1;
            foreach (var topic in request.Topics)
            {
                foreach (var wanted in topic.Partitions)
                    Include(new FetchPartitionKey(topic.Topic, topic.TopicId, wanted.Partition), wanted);
            }
            foreach (var topic in request.ForgottenTopicsData)
            {
                foreach (var partition in topic.Partitions)
                    Forget(new FetchPartitionKey(topic.Topic, topic.TopicId, partition));
            }
            partitions = ordered ??= [.. order];
            return true;
        }
    }

    /// <summary>
    /// Drops the answers that say nothing which the client was not sent before; false when another request has used the session meanwhile,
    /// and then nothing is remembered.
    /// </summary>
    /// <param name="answers">One for each of <paramref name="partitions"/>, in order; null where dropped.</param>
    public bool TryDropUnchanged(int epoch, FetchedPartition[] partitions, FetchAnswer?[] answers)
    {
        lock (gate)
        {
            if (Epoch != epoch)
                return false;
            for (var index = 0; index < partitions.Length; index++)
            {
                var answer = answers[index]!.Value;
                if (!partitions[index].UpdateSent(answer))
                    answers[index] = null;
                else if (answer.Data.Records is { Length: > 0 })
                    MoveToEnd(partitions[index].Key);
            }
            return true;
        }
    }

    private void Include(FetchPartitionKey key, FetchRequest.FetchPartition wanted)
    {
        if (!byKey.TryGetValue(key, out var node))
        {
            node = order.AddLast(new FetchedPartition(key));
            byKey.Add(key, node);
            ordered = null;
        }
        node.Value.Update(wanted);
    }

    private void Forget(FetchPartitionKey key)
    {
        if (!byKey.Remove(key, out var node))
            return;
        order.Remove(node);
        ordered = null;
    }

    private void MoveToEnd(FetchPartitionKey key)
    {
        var node = byKey[key];
        if (node.Next is null)
            return;
        order.Remove(node);
        order.AddLast(node);
        ordered = null;
    }
}
