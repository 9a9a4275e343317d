using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Tests.Unit.Repository;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Schemas;

/// <summary>Kafka's own message definitions, read out of the jars of one release and flattened.</summary>
internal static class KafkaDefinitions
{
    private static readonly JsonDocumentOptions Commented = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Which jars of a release define messages that a broker meets.</summary>
    private static readonly string[] Jars =
        ["kafka-clients", "kafka-group-coordinator", "kafka-transaction-coordinator", "kafka-share-coordinator", "kafka-storage"];

    /// <summary>Fields that 4.3 renamed at versions which 3.9 has too: the wire is the same, and the schemas have the newer name.</summary>
    private static readonly Dictionary<string, string> Renamed = new()
    {
        ["VoteRequest.CandidateEpoch"] = "ReplicaEpoch",
        ["VoteRequest.CandidateId"] = "ReplicaId",
        ["VoteRequest.CandidateDirectoryId"] = "ReplicaDirectoryId",
    };

    /// <summary>
    /// The folder of real Kafka's jars: KAFKA_PEERS, or beside the repository, or where test.sh puts what it fetches; null when there is
    /// none.
    /// </summary>
    public static string? JarFolder { get; } = FindJars();

    /// <summary>The definitions of a release by message; without those that it answers at no version any more.</summary>
    public static Dictionary<string, Definition> Load(string release)
    {
        var definitions = new Dictionary<string, Definition>();
        foreach (var json in ReadAll(release))
        {
            if (Define(json) is { } definition)
                definitions.Add(
                    definition.Name, IsPreview(release, definition.Name) ? definition with { UnstableVersion = 0 } : definition);
        }
        foreach (var request in ReadAll(release).Where(
            json => Text(json, "latestVersionUnstable") == "true").Select(json => Text(json, "name")!))
        {
            foreach (var name in new[] { request, request[..^"Request".Length] + "Response" })
                definitions[name] = definitions[name] with { UnstableVersion = definitions[name].Versions.Keys.Last() };
        }
        return definitions;
    }

    /// <summary>What a release offers, a line for each API: number, name, versions, unstable versions, listeners.</summary>
    public static List<string> LoadOffers(string release)
    {
        var offers = new List<string>();
        foreach (var json in ReadAll(release))
        {
            var valid = Range(Text(json, "validVersions"));
            if (Text(json, "type") != "request" || valid.IsEmpty)
                continue;
            var unstable = Text(json, "latestVersionUnstable") == "true" ? new VersionRange(valid.High, valid.High) : VersionRange.None;
            var listeners = json.TryGetProperty("listeners", out var kinds) ? kinds.EnumerateArray().Select(kind => kind.GetString()) : [];
            offers.Add($"{Text(json, "apiKey")} {Text(json, "name")![..^"Request".Length]} {valid} unstable {unstable} "
                + $"{string.Join(' ', listeners)}");
        }
        return offers;
    }

    // 3.9 has share groups only as an early access, with records that 4.3 does not read.
    private static bool IsPreview(string release, string record)
        => release.StartsWith("3.9", StringComparison.Ordinal) && record.StartsWith("ShareGroup", StringComparison.Ordinal);

    private static IEnumerable<JsonElement> ReadAll(string release)
    {
        foreach (var path in Jars.Select(jar => Path.Combine(JarFolder!, $"{jar}-{release}.jar")).Where(File.Exists))
        {
            using var zip = ZipFile.OpenRead(path);
            foreach (var entry in zip.Entries.Where(entry => entry.FullName.Contains(
                "message/", StringComparison.Ordinal) && entry.Name.EndsWith(".json", StringComparison.Ordinal)))
            {
                using var stream = entry.Open();
                using var json = JsonDocument.Parse(stream, Commented);
                yield return json.RootElement.Clone();
            }
        }
    }

    private static string? FindJars()
    {
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("KAFKA_PEERS"),
            Path.Combine(SourceTree.Root, "../shared/peers"),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/kafkacompatbroker/peers"),
        ];
        return candidates.Where(folder => !string.IsNullOrEmpty(folder))
            .SelectMany(folder => new[] { Path.Combine(folder!, "jars"), folder! })
            .FirstOrDefault(folder => File.Exists(
                Path.Combine(folder, "kafka-clients-3.9.2.jar")) && File.Exists(Path.Combine(folder, "kafka-clients-4.3.0.jar")));
    }

    private static Definition? Define(JsonElement json)
    {
        var valid = Range(Text(json, "validVersions"));
        if (valid.IsEmpty)
            return null;
        var flexible = Range(Text(json, "flexibleVersions"));
        var structs = json.TryGetProperty("commonStructs", out var common)
            ? common.EnumerateArray().ToDictionary(shared => Text(shared, "name")!, shared => shared.GetProperty("fields"))
            : [];
        // A coordinator's key is numbered by its type: those are the two bytes before it.
        var isKey = Text(json, "type") == "coordinator-key";
        var versions = new SortedDictionary<int, List<DefinedField>>();
        for (var version = valid.Low; version <= valid.High; version++)
        {
            var fields = new List<DefinedField>();
            Flatten(Text(json, "name")!, json.GetProperty("fields"), structs, version, flexible.Contains(version), false, "", fields);
            versions[isKey ? json.GetProperty("apiKey").GetInt32() : version] = fields;
        }
        return new Definition(Text(json, "name")!, versions);
    }

    private static void Flatten(
        string message, JsonElement fields, Dictionary<string, JsonElement> structs, int version, bool flexible, bool inTagged,
        string prefix, List<DefinedField> to)
    {
        foreach (var field in fields.EnumerateArray())
        {
            var tags = Range(Text(field, "taggedVersions"));
            if (!(field.TryGetProperty("versions", out var versions) ? Range(versions.GetString()) : tags).Contains(version))
                continue;
            var type = Text(field, "type")!;
            var isArray = type.StartsWith("[]", StringComparison.Ordinal);
            type = isArray ? type[2..] : type;
            var isStruct = char.IsUpper(type[0]);
            var name = Text(field, "name")!;
            name = Renamed.GetValueOrDefault($"{message}.{name}", name);
            var path = prefix + char.ToUpperInvariant(name[0]) + name[1..];
            var isFlexible = flexible && Text(field, "flexibleVersions") != "none";
            var wire = DefinedField.WireOf(path, isStruct ? "struct" : type, isArray, Range(
                Text(field, "nullableVersions")).Contains(version),
                tags.Contains(version)
                    ? int.Parse(Text(field, "tag")!, CultureInfo.InvariantCulture)
                    : null, Default(field, type), isFlexible);
            to.Add(new DefinedField(
                wire, inTagged || tags.Contains(version), Text(field, "ignorable") == "true", Text(field, "mapKey") == "true",
                Text(field, "entityType") ?? ""));
            if (isStruct)
                Flatten(
                    message, field.TryGetProperty("fields", out var nested) ? nested : structs[type], structs, version, flexible,
                    inTagged || tags.Contains(version), path + ".", to);
        }
    }

    /// <summary>The default as the notation writes it: decimal, and nothing where it is the type's zero.</summary>
    private static string Default(JsonElement field, string type)
    {
        if (!field.TryGetProperty("default", out var value))
            return "";
        var text = value.ValueKind == JsonValueKind.Null ? "null" : Text(field, "default")!;
        if (text.StartsWith("0x", StringComparison.Ordinal))
            text = int.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        return type != "string" && text is "0" or "false" ? "" : text;
    }

    private static VersionRange Range(string? text)
        => text is { Length: > 0 } && VersionRange.TryParse(text, out var range) ? range : VersionRange.None;

    private static string? Text(JsonElement element, string name)
        => !element.TryGetProperty(name, out var value) ? null
            : value.ValueKind is JsonValueKind.String ? value.GetString()
            : value.ValueKind is JsonValueKind.Null ? null
            : value.GetRawText();
}
