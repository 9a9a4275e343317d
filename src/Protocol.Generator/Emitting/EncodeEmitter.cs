using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Protocol.Generator.Emitting;

/// <summary>
/// Emits <c>Encode</c> of a message or one of its structs. A field that the version lacks must hold its default unless it is ignorable; a
/// tagged field is written only where it differs from its default. In a response every field is ignorable: a handler says all it knows, and
/// each version carries what it can.
/// </summary>
internal sealed class EncodeEmitter(CodeWriter code, MessageShape shape)
{
    private readonly bool isResponse = shape.Message.Kind == MessageKind.Response;

    public void Emit(string type, EquatableArray<FieldSchema> fields, VersionRange within)
    {
        code.Open("public void Encode(WireWriter writer, short version)");
        if (shape.Flexible() == "flexible")
            code.Line($"var flexible = {shape.Message.Flexible.Condition(shape.Message.Versions)};");
        string? condition = null;
        var lacking = new List<FieldCode>();
        foreach (var field in fields)
        {
            var coded = new FieldCode(field);
            if (coded.InPlace.IsEmpty)
                continue;
            var next = coded.InPlace.Condition(within);
            if (next != condition)
            {
                CloseRun(type, condition, lacking);
                code.OpenIf(condition = next);
            }
            if (condition is not null && !IsIgnorable(field) && field.Tag < 0)
                lacking.Add(coded);
            EmitValue(coded, coded.InPlace);
        }
        CloseRun(type, condition, lacking);
        EmitTaggedFields(type, fields, within);
        code.Close();
    }

    /// <summary>Emits the test for "all fields hold their defaults".</summary>
    public void EmitIsDefault(EquatableArray<FieldSchema> fields)
        => code.Line($"internal bool IsDefault => "
            + $"!({string.Join(" || ", fields.Select(field => $"({new FieldCode(field).DiffersFromDefault()})"))});");

    private void CloseRun(string type, string? condition, List<FieldCode> lacking)
    {
        if (condition is null)
            return;
        code.Close();
        if (lacking.Count == 0)
            return;
        code.Open("else");
        foreach (var field in lacking)
            EmitLacks(type, field, field.DiffersFromDefault());
        code.Close();
        lacking.Clear();
    }

    private bool IsIgnorable(FieldSchema field) => isResponse || field.IsIgnorable;

    private void EmitLacks(string type, FieldCode field, string condition)
        => code.Line($"if ({condition}) throw WireWriter.Lacks(\"{type}.{field.Schema.Name}\", version);");

    private void EmitTaggedFields(string type, EquatableArray<FieldSchema> fields, VersionRange within)
    {
        if (shape.Message.Flexible.Intersect(within).IsEmpty)
            return;
        var tagged = fields.Where(field => field.Tag >= 0).OrderBy(field => field.Tag).Select(field => new FieldCode(field)).ToList();
        foreach (var field in tagged)
        {
            if (!IsIgnorable(field.Schema) && field.Schema.Versions.Condition(within) is { } present)
                EmitLacks(type, field, $"!({present}) && {field.DiffersFromDefault()}");
        }
        var opened = code.OpenIf(shape.Flexible() == "flexible" ? "flexible" : null);
        if (tagged.Count == 0)
            code.Line("writer.WriteUnsignedVarint(0);");
        else
        {
            code.Line("var tags = 0u;");
            foreach (var field in tagged)
                code.Line($"if ({Written(field, within)}) tags++;");
            code.Line("writer.WriteUnsignedVarint(tags);");
            foreach (var field in tagged)
            {
                code.Open($"if ({Written(field, within)})");
                code.Line($"writer.BeginTaggedField({field.Schema.Tag});");
                EmitValue(field, field.Schema.TagVersions);
                code.Line("writer.EndTaggedField();");
                code.Close();
            }
        }
        if (opened)
            code.Close();
    }

    private string Written(FieldCode field, VersionRange within)
    {
        var condition = field.Schema.TagVersions.Condition(within.Intersect(shape.Message.Flexible));
        return condition is null ? field.DiffersFromDefault() : $"{condition} && {field.DiffersFromDefault()}";
    }

    private void EmitValue(FieldCode field, VersionRange at)
    {
        var nullable = field.Schema.Nullable.Intersect(at);
        var condition = nullable.IsEmpty ? "false" : nullable.Condition(at);
        if (field.Schema.IsArray)
            EmitArray(field, condition);
        else if (field.IsStruct)
            EmitStruct(field, condition);
        else if (field.IsErrorCode)
            code.Line($"writer.WriteInt16((short){field.Schema.Name});");
        else if (!field.IsNullable || condition == "false")
            code.Line(Write(field, "", Value(field)));
        else if (condition is null)
            code.Line(Write(field, "Nullable", field.Schema.Name));
        else
            code.Line($"if ({condition}) {Write(field, "Nullable", field.Schema.Name)} else {Write(field, "", Value(field))}");
    }

    private void EmitStruct(FieldCode field, string? nullable)
    {
        var name = field.Schema.Name;
        if (nullable == "false")
        {
            code.Line(field.IsNullable
                ? $"({name} ?? throw WireWriter.Lacks(\"null {name}\", version)).Encode(writer, version);"
                : $"{name}.Encode(writer, version);");
            return;
        }
        code.Line(nullable is null
            ? $"writer.WritePresence({name} is not null);"
            : $"if ({nullable}) writer.WritePresence({name} is not null); else if ({name} is null) throw WireWriter.Lacks(\"null {name}\", "
                + "version);");
        code.Line($"{name}?.Encode(writer, version);");
    }

    private void EmitArray(FieldCode field, string? nullable)
    {
        var stored = field.Stored;
        var flexible = shape.Flexible(field.Schema);
        if (field.IsNullable)
        {
            if (nullable is not null)
                code.Line($"if ({(nullable == "false" ? "" : $"!({nullable}) && ")}{stored} is null) throw WireWriter.Lacks(\"null "
                    + $"{field.Schema.Name}\", version);");
            code.Line($"writer.WriteArrayLength({stored}?.Count ?? -1, {flexible});");
        }
        else
            code.Line($"writer.WriteArrayLength({stored}?.Count ?? 0, {flexible});");
        var element = field.IsStruct ? "item.Encode(writer, version);" : Write(field, "", "item");
        code.Line($"if ({stored} is not null) foreach (var item in {stored}) {element}");
    }

    private static string Value(FieldCode field)
        => !field.IsNullable ? field.Schema.Name : $"{field.Schema.Name} ?? throw WireWriter.Lacks(\"null {field.Schema.Name}\", version)";

    private string Write(FieldCode field, string prefix, string value)
        => $"writer.Write{prefix}{field.Wire!.Method}({value}{(field.Wire.HasLength ? $", {shape.Flexible(field.Schema)}" : "")});";
}
