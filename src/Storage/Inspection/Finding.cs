using System.Globalization;

namespace KafkaCompatBroker.Storage.Inspection;

public enum FindingKind
{
    /// <summary>A broker has to mend it, goes without it, or does not start for it.</summary>
    Damage,
    /// <summary>Worth knowing, and nothing is wrong with it.</summary>
    Note,
}

/// <summary>One thing found in the files of a log dir, told in one line.</summary>
/// <param name="Path">The broken file, or the folder.</param>
/// <param name="What">What is found there.</param>
public sealed record Finding(string Path, string What)
{
    public FindingKind Kind { get; init; } = FindingKind.Damage;
    /// <summary>Where in the file, in bytes.</summary>
    public long? Position { get; init; }
    /// <summary>Of the record or batch there.</summary>
    public long? Offset { get; init; }
    /// <summary>What would mend it; null when only an operator can.</summary>
    public RepairStep? Remedy { get; init; }

    public override string ToString()
    {
        var position = Position is { } bytes ? string.Create(CultureInfo.InvariantCulture, $" position={bytes}") : "";
        var offset = Offset is { } number ? string.Create(CultureInfo.InvariantCulture, $" offset={number}") : "";
        return $"file={Path}{position}{offset} {What}";
    }
}
