using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Protocol.Generator.Emitting;

/// <summary>
/// What the emitters ask of one message: its structs by name, the versions each lives at, and the least bytes a value takes.
/// </summary>
internal sealed class MessageShape
{
    private readonly Dictionary<string, StructShape> structs = [];
    private readonly HashSet<string> comparedWithDefault = [];

    public MessageShape(MessageSchema message)
    {
        Message = message;
        foreach (var shared in message.Structs)
            structs[shared.Name] = new StructShape(shared.Name, shared.Fields, message.Versions);
        foreach (var shared in message.Structs)
            AddStructs(shared.Fields);
        AddStructs(message.Fields);
        MarkCompared(message.Fields);
        foreach (var shape in structs.Values)
            MarkCompared(shape.Fields);
        for (var before = -1; before != comparedWithDefault.Count;)
        {
            before = comparedWithDefault.Count;
            foreach (var name in comparedWithDefault.ToArray())
            {
                foreach (var field in structs[name].Fields)
                    MarkCompared(field);
            }
        }
    }

    public MessageSchema Message { get; }

    public IEnumerable<StructShape> Structs => structs.Values;

    /// <summary>Whether the struct's <c>IsDefault</c> is asked for: it is the type of a field that is not an array.</summary>
    public bool IsComparedWithDefault(string structName) => comparedWithDefault.Contains(structName);

    /// <summary>The C# expression for "this version is flexible".</summary>
    public string Flexible(FieldSchema? field = null)
    {
        if (field is { IsInflexible: true } || Message.Flexible.IsEmpty)
            return "false";
        return Message.Flexible.Contains(Message.Versions) ? "true" : "flexible";
    }

    /// <summary>The least bytes that one element of an array takes, over all versions that have the array.</summary>
    public int ElementMinBytes(FieldSchema array)
    {
        var least = int.MaxValue;
        for (var version = array.Versions.Low; version <= array.Versions.High; version++)
            least = Math.Min(least, ValueMinBytes(array.Type, version, isNullable: false));
        return Math.Max(least, 1);
    }

    private int ValueMinBytes(string type, int version, bool isNullable)
    {
        if (WireType.Find(type) is { } wire)
            return !wire.HasLength || Message.Flexible.Contains(version) ? wire.MinBytes : type == "string" ? 2 : 4;
        if (isNullable)
            return 1;
        var sum = Message.Flexible.Contains(version) ? 1 : 0;
        foreach (var field in structs[type].Fields)
        {
            if (!field.Versions.Contains(version) || field.TagVersions.Contains(version))
                continue;
            sum += field.IsArray
                ? Message.Flexible.Contains(version) ? 1 : 4
                : ValueMinBytes(field.Type, version, field.Nullable.Contains(version));
        }
        return sum;
    }

    private void AddStructs(EquatableArray<FieldSchema> fields)
    {
        foreach (var field in fields)
        {
            if (field.Struct is not { } inPlace)
                continue;
            structs[inPlace.Name] = new StructShape(inPlace.Name, inPlace.Fields, field.Versions);
            AddStructs(inPlace.Fields);
        }
    }

    private void MarkCompared(EquatableArray<FieldSchema> fields)
    {
        foreach (var field in fields)
        {
            // Only a struct that may be left out of a message is compared with its default.
            if (field.Tag >= 0 || !field.Versions.Contains(Message.Versions))
                MarkCompared(field);
        }
    }

    private void MarkCompared(FieldSchema field)
    {
        if (!field.IsArray && structs.ContainsKey(field.Type))
            comparedWithDefault.Add(field.Type);
    }
}

/// <summary>A struct and the versions at which a message can hold one.</summary>
internal sealed record StructShape(string Name, EquatableArray<FieldSchema> Fields, VersionRange Versions);
