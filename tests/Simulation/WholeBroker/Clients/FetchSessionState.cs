using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// A consumer's side of an incremental fetch session: what the broker has been told of, so that only what has changed is told again. After
/// an error or a lost answer it begins anew. KIP-227.
/// </summary>
internal sealed class FetchSessionState
{
    private readonly Dictionary<TopicPartition, long> told = [];
    private int id;
    private int epoch;

    /// <summary>The positions to tell the broker: all of them in a session's first request.</summary>
    public List<KeyValuePair<TopicPartition, long>> ToTell(IReadOnlyDictionary<TopicPartition, long> positions)
        => [.. positions.Where(position => epoch == 0 || told.GetValueOrDefault(position.Key, -1) != position.Value)];

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
            told[partition] = offset;
    }

    public void Restart()
    {
        told.Clear();
        epoch = 0;
    }
}
