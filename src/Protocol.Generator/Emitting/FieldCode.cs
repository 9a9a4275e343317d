using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Protocol.Generator.Emitting;

/// <summary>
/// How one field looks in C#: its type, its property and the test for its default. A list or struct that cannot be null is made when it is
/// first asked for, so that decoding allocates none that is not on the wire.
/// </summary>
internal sealed class FieldCode(FieldSchema schema, WireType? wire)
{
    public FieldCode(FieldSchema schema)
        : this(schema, WireType.Find(schema.Type))
    {
    }

    public FieldSchema Schema => schema;

    public WireType? Wire => wire;

    public bool IsStruct => wire is null;

    public bool IsNullable => !schema.Nullable.IsEmpty;

    public bool IsErrorCode => schema.Type == "int16" && !schema.IsArray && schema.Name.EndsWith("ErrorCode", StringComparison.Ordinal);

    /// <summary>
    /// Whether the property is backed by a field of its own, named with an underscore, which is null until it is asked for.
    /// </summary>
    public bool IsMadeWhenAsked => !IsNullable && (schema.IsArray || IsStruct);

    /// <summary>What encoding reads: null stands for an empty list or a default struct where the property is made when asked for.</summary>
    public string Stored => IsMadeWhenAsked ? "_" + schema.Name : schema.Name;

    public string ElementType => wire?.CSharp ?? schema.Type;

    private string ValueType => schema.IsArray ? $"List<{ElementType}>" : IsErrorCode ? "KafkaError" : ElementType;

    public bool DefaultIsNull => schema.Default == "null" || (IsNullable && schema.Type == "records");

    /// <summary>The versions at which the field stands in its place; at the others that have it, it is tagged.</summary>
    public VersionRange InPlace => schema.TagVersions.IsEmpty ? schema.Versions
        : schema.TagVersions.Low <= schema.Versions.Low ? VersionRange.None
        : new VersionRange(schema.Versions.Low, schema.TagVersions.Low - 1);

    public void EmitProperty(CodeWriter code)
    {
        if (IsMadeWhenAsked)
        {
            code.Line($"private {ValueType}? {Stored};");
            code.Line($"public {ValueType} {schema.Name} {{ get => {Stored} ??= new(); set => {Stored} = value; }}");
            return;
        }
        var initializer = Initializer();
        code.Line($"public {ValueType}{(IsNullable ? "?" : "")} {schema.Name} "
            + $"{{ get; set; }}{(initializer is null ? "" : $" = {initializer};")}");
    }

    /// <summary>A condition that is true where the field differs from its default.</summary>
    public string DiffersFromDefault()
    {
        if (IsMadeWhenAsked)
            return schema.IsArray ? $"{Stored} is {{ Count: > 0 }}" : $"{Stored} is {{ IsDefault: false }}";
        if (DefaultIsNull)
            return $"{schema.Name} is not null";
        if (schema.IsArray)
            return $"{schema.Name} is not {{ Count: 0 }}";
        if (IsStruct)
            return $"{schema.Name} is not {{ IsDefault: true }}";
        return schema.Type switch
        {
            "string" => $"{schema.Name} != {Quote(schema.Default ?? "")}",
            "bytes" => $"{schema.Name} is not {{ Length: 0 }}",
            "records" => $"{schema.Name}.Length != 0",
            "bool" => schema.Default == "true" ? $"!{schema.Name}" : schema.Name,
            "uuid" => $"!{schema.Name}.IsZero",
            _ when IsErrorCode => $"(short){schema.Name} != {schema.Default ?? "0"}",
            _ => $"{schema.Name} != {schema.Default ?? "0"}",
        };
    }

    private string? Initializer()
    {
        if (DefaultIsNull)
            return null;
        if (schema.IsArray || IsStruct)
            return "new()";
        return schema.Type switch
        {
            "string" => Quote(schema.Default ?? ""),
            "bytes" => "[]",
            "records" => null,
            _ when IsErrorCode && schema.Default is not null => $"(KafkaError){schema.Default}",
            _ => schema.Default,
        };
    }

    private static string Quote(string text) => $"\"{text}\"";
}
