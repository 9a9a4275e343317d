namespace KafkaCompatBroker.Tests.Unit.Protocol.Schemas;

/// <summary>
/// One message flattened for comparison: for each version its fields, depth first. Made from our schemas and from Kafka's own definitions
/// alike.
/// </summary>
/// <param name="UnstableVersion">The version that the release had not settled; −1 for none.</param>
internal sealed record Definition(string Name, SortedDictionary<int, List<DefinedField>> Versions, int UnstableVersion = -1)
{
    /// <summary>One line for the message, one for each version and field.</summary>
    public string Print()
        => string.Join('\n', Versions.SelectMany(version => version.Value.Select(field => $"{Name} {version.Key} {field}")));

    /// <summary>
    /// Two releases in one, as the schemas hold them: what reaches the wire must be the same at the same version; of the words that do not,
    /// either release's is enough.
    /// </summary>
    public static Definition Union(Definition older, Definition newer)
    {
        var versions = new SortedDictionary<int, List<DefinedField>>(older.Versions);
        foreach (var (version, fields) in newer.Versions)
        {
            // A version that the older release had not settled is the newer one's.
            if (!versions.TryGetValue(version, out var known) || version == older.UnstableVersion)
            {
                versions[version] = fields;
                continue;
            }
            versions[version] = UnionAt($"{older.Name} {version}", known, fields);
        }
        return Spread(new Definition(older.Name, versions));
    }

    /// <summary>A word that one version's release has holds for the field at all versions: the notation says it once.</summary>
    private static Definition Spread(Definition definition)
    {
        var words = definition.Versions.Values.SelectMany(fields => fields).GroupBy(field => field.Path).ToDictionary(
            group => group.Key, group => group.Aggregate(DefinedField.Union));
        foreach (var fields in definition.Versions.Values)
        {
            for (var i = 0; i < fields.Count; i++)
                fields[i] = DefinedField.Union(fields[i], words[fields[i].Path]);
        }
        return definition;
    }

    /// <summary>A release may add a tagged field to a version that exists; anything else must be in both.</summary>
    private static List<DefinedField> UnionAt(string where, List<DefinedField> older, List<DefinedField> newer)
    {
        var known = older.ToDictionary(field => field.Wire);
        var added = newer.Where(field => !known.ContainsKey(field.Wire)).ToHashSet();
        Assert.All(added, field => Assert.True(field.IsTagged, $"{where}: {field} is new and has no tag"));
        Assert.Equal(older.Select(field => $"{where} {field.Wire}"), newer.Except(added).Select(field => $"{where} {field.Wire}"));
        return [.. newer.Select(field => known.TryGetValue(field.Wire, out var same) ? DefinedField.Union(same, field) : field)];
    }
}

/// <summary>A field at one version: what reaches the wire, and the words that do not.</summary>
/// <param name="IsTagged">Whether it, or a struct around it, is tagged.</param>
internal sealed record DefinedField(string Wire, bool IsTagged, bool Ignorable, bool Key, string Entity)
{
    public string Path => Wire[..Wire.IndexOf(':', StringComparison.Ordinal)];

    public static DefinedField Union(DefinedField left, DefinedField right)
        => new(
            left.Wire, left.IsTagged, left.Ignorable || right.Ignorable, left.Key || right.Key,
            left.Entity.Length > 0 ? left.Entity : right.Entity);

    public static string WireOf(string path, string type, bool isArray, bool isNullable, int? tag, string defaultText, bool isFlexible)
        => $"{path}: {(isArray ? "[]" : "")}{type}{(isNullable ? "?" : "")} default '{defaultText}' tag {tag?.ToString() ?? "none"} "
            + $"{(isFlexible ? "flexible" : "inflexible")}";

    public override string ToString()
        => $"{Wire}{(Ignorable ? " ignorable" : "")}{(Key ? " key" : "")}{(Entity.Length > 0 ? " of " + Entity : "")}";
}
