using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace KafkaCompatBroker.Kernel.Model;

/// <summary>
/// A version of the protocol that brokers speak among themselves: <c>inter.broker.protocol.version</c>, as <c>3.9-IV0</c>. Versions are in
/// the order of their making, and are those that Kafka 3.9 knows.
/// </summary>
public readonly partial record struct MetadataVersion : IComparable<MetadataVersion>
{
    /// <summary>Oldest first.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "0.8.0", "0.8.1", "0.8.2", "0.9.0", "0.10.0-IV0", "0.10.0-IV1", "0.10.1-IV0", "0.10.1-IV1", "0.10.1-IV2", "0.10.2-IV0",
        "0.11.0-IV0", "0.11.0-IV1", "0.11.0-IV2", "1.0-IV0", "1.1-IV0", "2.0-IV0", "2.0-IV1", "2.1-IV0", "2.1-IV1", "2.1-IV2",
        "2.2-IV0", "2.2-IV1", "2.3-IV0", "2.3-IV1", "2.4-IV0", "2.4-IV1", "2.5-IV0", "2.6-IV0", "2.7-IV0", "2.7-IV1", "2.7-IV2",
        "2.8-IV0", "2.8-IV1", "3.0-IV0", "3.0-IV1", "3.1-IV0", "3.2-IV0", "3.3-IV0", "3.3-IV1", "3.3-IV2", "3.3-IV3", "3.4-IV0",
        "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0", "3.7-IV1", "3.7-IV2", "3.7-IV3", "3.7-IV4",
        "3.8-IV0", "3.9-IV0", "4.0-IV0", "4.0-IV1",
    ];

    /// <summary>The newest that Kafka 3.9 has released.</summary>
    public static readonly MetadataVersion Latest = Of("3.9-IV0");

    private readonly int index;

    private MetadataVersion(int index) => this.index = index;

    /// <summary>The version that one of <see cref="Names"/> names.</summary>
    public static MetadataVersion Of(string name)
    {
        Invariant.Holds(TryParse(name, out var version));
        return version;
    }

    /// <summary>
    /// Reads the name of a version, or of a release, which stands for its last version whatever its patch: 3.9 and 3.9.2 mean 3.9-IV0.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MetadataVersion version)
    {
        for (var last = Names.Count - 1; last >= 0; last--)
        {
            version = new MetadataVersion(last);
            if (text is not null && (Names[last] == text || IsRelease(text, Names[last].Split('-')[0])))
                return true;
        }
        version = default;
        return false;
    }

    /// <summary>Whether brokers of this version know what came with the other.</summary>
    public bool IsAtLeast(MetadataVersion other) => this >= other;

    /// <inheritdoc cref="IsAtLeast(MetadataVersion)"/>
    public bool IsAtLeast(string other) => IsAtLeast(Of(other));

    public int CompareTo(MetadataVersion other) => index.CompareTo(other.index);

    public override string ToString() => Names[index];

    public static bool operator <(MetadataVersion left, MetadataVersion right) => left.index < right.index;
    public static bool operator >(MetadataVersion left, MetadataVersion right) => left.index > right.index;
    public static bool operator <=(MetadataVersion left, MetadataVersion right) => left.index <= right.index;
    public static bool operator >=(MetadataVersion left, MetadataVersion right) => left.index >= right.index;

    private static bool IsRelease(string text, string release)
        => text.StartsWith(release, StringComparison.Ordinal) && Patch().IsMatch(text[release.Length..]);

    [GeneratedRegex(@"^(\.[0-9]+)*$")]
    private static partial Regex Patch();
}
