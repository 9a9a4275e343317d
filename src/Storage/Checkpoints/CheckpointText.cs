using System.Globalization;

namespace KafkaCompatBroker.Storage.Checkpoints;

/// <summary>The text form that Kafka's checkpoint files share: a line with version 0, a line with the number of rows, the rows.</summary>
internal static class CheckpointText
{
    /// <summary>Splits the rows into fields at any white space; false when version, count or shape is wrong.</summary>
    public static bool TryParse(string text, int fieldCount, out List<string[]> rows)
    {
        rows = [];
        // Kafka makes its checkpoints empty before it first writes them.
        if (text.Length == 0)
            return true;
        var lines = text.Split('\n');
        if (lines.Length < 2 || lines[0].Trim() != "0" || !int.TryParse(
            lines[1], NumberStyles.Integer, CultureInfo.InvariantCulture, out var count))
            return false;
        foreach (var line in lines.AsSpan(2))
        {
            if (line.AsSpan().Trim().IsEmpty)
                continue;
            var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length != fieldCount)
                return false;
            rows.Add(fields);
        }
        return rows.Count == count;
    }
}
