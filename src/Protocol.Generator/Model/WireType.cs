namespace KafkaCompatBroker.Protocol.Generator.Model;

/// <summary>
/// A primitive of the wire format: its C# type, its name in <c>WireReader</c> and <c>WireWriter</c>, and the bytes it takes at least.
/// </summary>
internal sealed record WireType(string CSharp, string Method, int MinBytes, bool HasLength = false, bool CanBeNull = false)
{
    private static readonly Dictionary<string, WireType> ByName = new()
    {
        ["bool"] = new("bool", "Boolean", 1),
        ["int8"] = new("sbyte", "Int8", 1),
        ["int16"] = new("short", "Int16", 2),
        ["uint16"] = new("ushort", "UInt16", 2),
        ["int32"] = new("int", "Int32", 4),
        ["uint32"] = new("uint", "UInt32", 4),
        ["int64"] = new("long", "Int64", 8),
        ["float64"] = new("double", "Float64", 8),
        ["uuid"] = new("TopicId", "Uuid", 16),
        ["string"] = new("string", "String", 1, HasLength: true, CanBeNull: true),
        ["bytes"] = new("byte[]", "Bytes", 1, HasLength: true, CanBeNull: true),
        ["records"] = new("RecordBytes", "Records", 1, HasLength: true, CanBeNull: true),
    };

    public static WireType? Find(string name) => ByName.TryGetValue(name, out var type) ? type : null;
}
