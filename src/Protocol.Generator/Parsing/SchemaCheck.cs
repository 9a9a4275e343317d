using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Protocol.Generator.Parsing;

/// <summary>Holds a parsed message against what the wire format and C# allow.</summary>
internal static class SchemaCheck
{
    public static void Check(MessageSchema message, ApiSchema? api, List<Problem> problems)
    {
        if (message.Versions.IsEmpty || message.Versions.High == VersionRange.Open)
            problems.Add(new Problem(Diagnostics.Schema, "a message has a lowest and a highest version", message.Place));
        var structs = new Dictionary<string, Place>();
        foreach (var shared in message.Structs)
            AddStruct(shared, structs, problems);
        foreach (var shared in message.Structs)
            CheckFields(shared.Name, shared.Fields, message, structs, problems);
        CheckFields(message.Name, message.Fields, message, structs, problems);
        foreach (var field in message.Fields)
        {
            if (structs.ContainsKey(field.Name))
                problems.Add(
                    new Problem(Diagnostics.Schema, $"a struct of this message is named {field.Name} too: rename the struct", field.Place));
        }
        if (api is not null && message.Kind == MessageKind.Request)
            CheckApi(message, api, problems);
    }

    private static void CheckApi(MessageSchema message, ApiSchema api, List<Problem> problems)
    {
        if (api.Served is { } served && (served.Versions.IsEmpty || !message.Versions.Contains(served.Versions)))
            problems.Add(new Problem(Diagnostics.Schema, $"served versions lie within {message.Versions}", served.Place));
        foreach (var milestone in api.Milestones)
        {
            foreach (var field in message.Fields)
            {
                if (field.Name == milestone.Name)
                    problems.Add(new Problem(Diagnostics.Schema, $"a field is named {milestone.Name} too", milestone.Place));
            }
        }
    }

    private static void CheckFields(
        string owner, EquatableArray<FieldSchema> fields, MessageSchema message, Dictionary<string, Place> structs, List<Problem> problems)
    {
        var names = new HashSet<string>();
        var tags = new HashSet<int>();
        foreach (var field in fields)
        {
            if (!names.Add(field.Name))
                Report($"there is a second field {field.Name} here");
            if (field.Name == owner)
                Report($"a field cannot have its struct's name {owner}: rename the struct");
            if (field.Versions.IsEmpty)
                Report("the field exists at no version of what encloses it");
            if (field.Tag >= 0 && !tags.Add(field.Tag))
                Report($"there is a second tag {field.Tag} here");
            if (field.Tag >= 0 && !message.Flexible.Contains(field.TagVersions))
                Report("a tagged field needs flexible versions");
            if (field.Struct is { } inPlace)
            {
                AddStruct(inPlace, structs, problems);
                CheckFields(inPlace.Name, inPlace.Fields, message, structs, problems);
            }
            else if (WireType.Find(field.Type) is { } wire)
            {
                if (!field.IsArray && !wire.CanBeNull && !field.Nullable.IsEmpty)
                    Report($"{field.Type} cannot be null");
            }
            else if (!structs.ContainsKey(field.Type))
                Report($"there is no type or struct {field.Type}");

            void Report(string text) => problems.Add(new Problem(Diagnostics.Schema, text, field.Place));
        }
    }

    private static void AddStruct(StructSchema added, Dictionary<string, Place> structs, List<Problem> problems)
    {
        if (structs.ContainsKey(added.Name))
            problems.Add(new Problem(Diagnostics.Schema, $"there is a second struct {added.Name} in this message", added.Place));
        else
            structs.Add(added.Name, added.Place);
        if (added.Fields.Count == 0)
            problems.Add(new Problem(Diagnostics.Schema, $"struct {added.Name} has no field", added.Place));
    }
}
