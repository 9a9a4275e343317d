using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;

/// <summary>
/// The ends of partitions as leaders have told them. Within a leader epoch an end never goes back, nor behind that of an earlier epoch: a
/// new leader tells none until it has all that was committed before it. A leader that does not know yet that it is none any more may tell
/// an old one. KIP-207.
/// </summary>
internal sealed class EndHistory
{
    private readonly Dictionary<TopicPartition, SortedDictionary<int, long>> ends = [];

    public int Count { get; private set; }

    /// <summary>What is known of each leader epoch now, for an answer that is not there yet.</summary>
    public IReadOnlyList<KeyValuePair<int, long>> Known(TopicPartition partition) => [.. Of(partition)];

    /// <param name="knownWhenAsked">By leader epochs.</param>
    public void Saw(TopicPartition partition, int leaderEpoch, long end, IReadOnlyList<KeyValuePair<int, long>> knownWhenAsked)
    {
        Count++;
        foreach (var (epoch, known) in knownWhenAsked)
        {
            if (epoch <= leaderEpoch && known > end)
                throw new Violation($"{partition} ended at {known} in leader epoch {epoch}, and then at {end} in {leaderEpoch}");
        }
        var all = Of(partition);
        all[leaderEpoch] = Math.Max(all.GetValueOrDefault(leaderEpoch), end);
    }

    private SortedDictionary<int, long> Of(TopicPartition partition)
    {
        if (!ends.TryGetValue(partition, out var found))
            ends.Add(partition, found = []);
        return found;
    }
}
