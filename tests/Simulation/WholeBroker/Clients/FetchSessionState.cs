using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// A consumer's side of an incremental fetch session: what the broker has been told of, so that only what has changed is told again. After
/// an error or a lost answer it begins anew. KIP-227.
/// </summary>
/// <param name="epochOf">The leader epoch that the reader knows of.</param>
internal sealed class FetchSessionState(Func<TopicPartition, int> epochOf)
{
    private readonly Dictionary<TopicPartition, (long Position, int LeaderEpoch)> told = [];
    private int id;
    private int epoch;

    /// <summary>The positions to tell the broker: all of them in a session's first request.</summary>
    public List<KeyValuePair<TopicPartition, long>> ToTell(IReadOnlyDictionary<TopicPartition, long> positions)
        => [.. positions.Where(
            position => epoch == 0 || told.GetValueOrDefault(position.Key, (-1, -1)) != (position.Value, epochOf(position.Key)))];

    /// <summary>Whether the broker has been told of these and of no others.</summary>
    public bool IsOf(IReadOnlyCollection<TopicPartition> partitions) => told.Count == partitions.Count && partitions.All(told.ContainsKey);

    public void Sign(FetchRequest request) => (request.SessionId, request.SessionEpoch) = (id, epoch);

    /// <summary>The request was answered without an error.</summary>
    public void Answered(FetchResponse response, IEnumerable<KeyValuePair<TopicPartition, long>> positions)
    {
        if (response.SessionId == 0)
        {
            Restart();
            return;
        }
        (id, epoch) = (response.SessionId, epoch == int.MaxValue ? 1 : epoch + 1);
        foreach (var (partition, offset) in positions)
            told[partition] = (offset, epochOf(partition));
    }

    public void Restart()
    {
        told.Clear();
        epoch = 0;
    }
}
