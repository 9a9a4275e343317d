using KafkaCompatBroker.Tests.Histories;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;

/// <summary>
/// Compares all that a partition holds in the end with what clients saw of it in its lives: nothing acknowledged or read is lost or
/// changed, but for the ends that power losses took; nothing is there that was not sent, nor more often than it may be, nor out of its
/// producer's order.
/// </summary>
internal static class RecordCheck
{
    /// <param name="log">All values, by offsets from 0 on.</param>
    public static void Check(PartitionHistory history, IReadOnlyList<string> log)
    {
        var known = new SortedDictionary<long, Known>();
        var life = 0;
        foreach (var seen in history.Lives)
            Follow(history, known, seen.Values, ++life, isWhole: false);
        Follow(history, known, log.Index().ToDictionary(entry => (long)entry.Index, entry => entry.Item), ++life, isWhole: true);
        var stored = log.Index().Select(entry => KeyValuePair.Create((long)entry.Index, entry.Item));
        if (StoredRecords.Anomalies(history.Name, stored, history.Find).FirstOrDefault() is { } anomaly)
            throw new Violation($"{anomaly}");
    }

    /// <summary>
    /// One life follows another, or the whole log in the end: it may have lost an end of what was known, and nothing in front of or behind
    /// that end. Then it is what is known.
    /// </summary>
    private static void Follow(
        PartitionHistory history, SortedDictionary<long, Known> known, IReadOnlyDictionary<long, string> seen, int life, bool isWhole)
    {
        foreach (var (offset, entry) in known.ToList())
        {
            if (seen.GetValueOrDefault(offset) is { } now ? now == entry.Value : !isWhole)
                continue;
            if (history.IsDurable || isWhole && IsOfLastLife(history, offset))
                throw new Violation(
                    $"{history.Name} had '{entry.Value}' at offset {offset} and has {Shown(seen.GetValueOrDefault(offset))}");
            LoseFrom(history, known, seen, offset);
            break;
        }
        foreach (var (offset, value) in seen)
            known[offset] = new Known(value, known.TryGetValue(offset, out var before) ? before.FirstLife : life, life);
    }

    /// <summary>
    /// What stands behind the lost record and was seen no later than it is lost too. What was seen later may be there: it may have been
    /// written behind the loss, of which nobody saw anything until now. So may what was sent again.
    /// </summary>
    private static void LoseFrom(
        PartitionHistory history, SortedDictionary<long, Known> known, IReadOnlyDictionary<long, string> seen, long lostFrom)
    {
        var lastLife = known[lostFrom].LastLife;
        foreach (var (offset, entry) in known.Where(one => one.Key >= lostFrom).ToList())
        {
            if (seen.GetValueOrDefault(offset) == entry.Value && entry.FirstLife <= lastLife
                && !history.Find(entry.Value)!.WasSentAcrossLives)
                throw new Violation($"{history.Name} lost offset {lostFrom} and still has '{entry.Value}' at offset {offset}");
            known.Remove(offset);
        }
    }

    private static bool IsOfLastLife(PartitionHistory history, long offset) => history.Lives.Last().Values.ContainsKey(offset);

    /// <summary>A value at an offset, and the lives between which it was seen there.</summary>
    private readonly record struct Known(string Value, int FirstLife, int LastLife);

    private static string Shown(string? value) => value is null ? "nothing" : $"'{value}'";
}
