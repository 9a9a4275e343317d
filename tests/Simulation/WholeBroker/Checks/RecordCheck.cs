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
        var expected = new SortedDictionary<long, string>();
        foreach (var life in history.Lives)
            Follow(history, expected, life.Values, isWhole: false);
        Follow(
            history, expected, log.Index().ToDictionary(entry => (long)entry.Index, entry => entry.Item),
            isWhole: true);
        CheckCopies(history, log);
        CheckOrder(history, log);
    }

    /// <summary>
    /// One life follows another, or the whole log in the end: it may have lost an end of what was known, and nothing in front of or behind
    /// that end. Then it is what is known.
    /// </summary>
    private static void Follow(
        PartitionHistory history, SortedDictionary<long, string> known, IReadOnlyDictionary<long, string> seen, bool isWhole)
    {
        foreach (var (offset, value) in known.ToList())
        {
            if (seen.GetValueOrDefault(offset) is { } now ? now == value : !isWhole)
                continue;
            if (history.IsDurable || isWhole && IsOfLastLife(history, offset))
                throw new Violation($"{history.Name} had '{value}' at offset {offset} and has {Shown(seen.GetValueOrDefault(offset))}");
            LoseFrom(history, known, seen, offset);
            break;
        }
        foreach (var (offset, value) in seen)
            known[offset] = value;
    }

    private static void LoseFrom(
        PartitionHistory history, SortedDictionary<long, string> known, IReadOnlyDictionary<long, string> seen, long lostFrom)
    {
        foreach (var (offset, value) in known.Where(entry => entry.Key >= lostFrom).ToList())
        {
            if (seen.GetValueOrDefault(offset) == value && !history.Find(value)!.WasSentAcrossLives)
                throw new Violation($"{history.Name} lost offset {lostFrom} and still has '{value}' at offset {offset}");
            known.Remove(offset);
        }
    }

    private static bool IsOfLastLife(PartitionHistory history, long offset) => history.Lives.Last().Values.ContainsKey(offset);

    private static void CheckCopies(PartitionHistory history, IReadOnlyList<string> log)
    {
        foreach (var copies in log.GroupBy(value => value, StringComparer.Ordinal))
        {
            if (history.Find(copies.Key) is not { } record)
                throw new Violation($"{history.Name} holds '{copies.Key}', which nobody sent there");
            if (copies.Count() > record.CopiesMax)
                throw new Violation($"{history.Name} holds '{copies.Key}' {copies.Count()} times, sent {record.Attempts} times"
                    + $"{(record.IsIdempotent ? " by an idempotent producer" : "")}");
        }
    }

    private static void CheckOrder(PartitionHistory history, IReadOnlyList<string> log)
    {
        var last = new Dictionary<string, SentRecord>(StringComparer.Ordinal);
        foreach (var value in log.Distinct(StringComparer.Ordinal))
        {
            var record = history.Find(value)!;
            if (last.GetValueOrDefault(record.Producer) is { } before && before.Number > record.Number)
                throw new Violation($"{history.Name} holds '{record.Value}' behind '{before.Value}', which was sent after it");
            last[record.Producer] = record;
        }
    }

    private static string Shown(string? value) => value is null ? "nothing" : $"'{value}'";
}
