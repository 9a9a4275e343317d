using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Generator.Parsing;
using KafkaCompatBroker.Tests.Unit.Repository;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Schemas;

/// <summary>Our schema files, parsed as the generator parses them, and flattened.</summary>
internal static class SchemaDefinitions
{
    public static IReadOnlyList<SchemaFile> Files { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src/Protocol/Schemas"), "*.kafka", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => SchemaParser.Parse(path, File.ReadAllText(path)))];

    public static IReadOnlyDictionary<string,
    MessageSchema> Messages { get; } = Files.SelectMany(file => file.Messages).ToDictionary(message => message.Name);

    public static Definition Define(MessageSchema message)
    {
        var structs = StructsOf(message);
        var versions = new SortedDictionary<int, List<DefinedField>>();
        for (var version = message.Versions.Low; version <= message.Versions.High; version++)
        {
            var fields = new List<DefinedField>();
            Flatten(message, structs, message.Fields, version, false, "", fields);
            versions[version] = fields;
        }
        return new Definition(message.Name, versions);
    }

    /// <summary>All structs of a message by name.</summary>
    public static Dictionary<string, StructSchema> StructsOf(MessageSchema message)
    {
        var structs = message.Structs.ToDictionary(shared => shared.Name);
        foreach (var shared in message.Structs)
            Add(shared.Fields);
        Add(message.Fields);
        return structs;

        void Add(EquatableArray<FieldSchema> fields)
        {
            foreach (var field in fields)
            {
                if (field.Struct is null)
                    continue;
                structs[field.Struct.Name] = field.Struct;
                Add(field.Struct.Fields);
            }
        }
    }

    private static void Flatten(
        MessageSchema message, Dictionary<string, StructSchema> structs, EquatableArray<FieldSchema> fields, int version, bool inTagged,
        string prefix, List<DefinedField> to)
    {
        foreach (var field in fields)
        {
            if (!field.Versions.Contains(version))
                continue;
            var path = prefix + field.Name;
            var nested = structs.GetValueOrDefault(field.Type);
            var wire = DefinedField.WireOf(path, nested is null ? field.Type : "struct", field.IsArray, field.Nullable.Contains(version),
                field.TagVersions.Contains(version) ? field.Tag : null, field.Default ?? "", message.Flexible.Contains(version)
                    && !field.IsInflexible);
            to.Add(new DefinedField(wire, inTagged || field.TagVersions.Contains(version), field.IsIgnorable, field.IsKey, field.Entity));
            if (nested is not null)
                Flatten(message, structs, nested.Fields, version, inTagged || field.TagVersions.Contains(version), path + ".", to);
        }
    }
}
