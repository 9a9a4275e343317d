namespace KafkaCompatBroker.CompatTests.Differential;

/// <summary>
/// What one broker answered to a script: per step its label and the answer's fields, path by path. Volatile values are replaced by names.
/// </summary>
internal sealed class Transcript
{
    public List<(string Label, IReadOnlyDictionary<string, string> Fields)> Steps { get; } = [];

    /// <summary>The last step, and what was answered to it.</summary>
    public override string ToString()
        => Steps is [.., var (label, fields)]
            ? $"\"{label}\": {string.Join(", ", fields.Select(field => $"{field.Key} {field.Value}"))}"
            : "nothing";

    /// <summary>Every field in which two transcripts of one script differ.</summary>
    public static IEnumerable<Difference> Compare(Transcript kafka, Transcript ours)
    {
        Assert.Equal(kafka.Steps.Select(step => step.Label), ours.Steps.Select(step => step.Label));
        foreach (var (one, other) in kafka.Steps.Zip(ours.Steps))
        {
            foreach (var path in one.Fields.Keys.Union(other.Fields.Keys))
            {
                var (wanted, got) = (one.Fields.GetValueOrDefault(path, "absent"), other.Fields.GetValueOrDefault(path, "absent"));
                if (wanted != got)
                    yield return new Difference(one.Label, path, wanted, got);
            }
        }
    }
}

/// <summary>One field which Kafka and we answer differently.</summary>
internal sealed record Difference(string Label, string Path, string Kafka, string Ours)
{
    public override string ToString() => $"{Label} | {Path} | {Kafka} | {Ours}";
}
