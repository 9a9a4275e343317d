using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Protocol.Generator.Emitting;

/// <summary>
/// Emits <c>Decode</c> of a message or one of its structs: fields in order, one condition for each run of fields with the same versions.
/// </summary>
internal sealed class DecodeEmitter(CodeWriter code, MessageShape shape)
{
    /// <summary>Lists start no larger than this and grow as elements arrive, so that an announced length costs nothing.</summary>
    private const int FirstCapacity = 32;

    public void Emit(string type, EquatableArray<FieldSchema> fields, VersionRange within, EquatableArray<Milestone> milestones)
    {
        code.Open($"public static {type} Decode(ref WireReader reader, short version)");
        if (shape.Flexible() == "flexible")
            code.Line($"var flexible = {shape.Message.Flexible.Condition(shape.Message.Versions)};");
        code.Line($"var message = new {type}();");
        foreach (var milestone in milestones)
            code.Line($"message.{milestone.Name} = {milestone.Versions.Condition(within) ?? "true"};");
        string? condition = null;
        foreach (var field in fields)
        {
            var inPlace = new FieldCode(field).InPlace;
            if (inPlace.IsEmpty)
                continue;
            var next = inPlace.Condition(within);
            if (next != condition)
            {
                if (condition is not null)
                    code.Close();
                code.OpenIf(condition = next);
            }
            EmitValue(new FieldCode(field), inPlace);
        }
        if (condition is not null)
            code.Close();
        EmitTaggedFields(fields, within);
        code.Line("return message;");
        code.Close();
    }

    private void EmitTaggedFields(EquatableArray<FieldSchema> fields, VersionRange within)
    {
        if (shape.Message.Flexible.Intersect(within).IsEmpty)
            return;
        var tagged = fields.Where(field => field.Tag >= 0).OrderBy(field => field.Tag).ToList();
        var flexible = shape.Flexible() == "flexible" ? "flexible" : null;
        if (tagged.Count == 0)
        {
            code.Line(flexible is null ? "reader.SkipTaggedFields();" : "if (flexible) reader.SkipTaggedFields();");
            return;
        }
        var opened = code.OpenIf(flexible);
        code.Line("var tags = reader.ReadTaggedFields();");
        code.Line("while (reader.NextTaggedField(ref tags))");
        code.Open("switch (tags.Tag)");
        foreach (var field in tagged)
        {
            var when = field.TagVersions.Condition(within.Intersect(shape.Message.Flexible));
            code.Open($"case {field.Tag}{(when is null ? "" : " when " + when)}:");
            EmitValue(new FieldCode(field), field.TagVersions);
            code.Line("break;");
            code.Close();
        }
        code.Line("default: reader.SkipTaggedField(tags); break;");
        code.Close();
        if (opened)
            code.Close();
    }

    private void EmitValue(FieldCode field, VersionRange at)
    {
        var target = $"message.{field.Schema.Name}";
        var nullable = field.Schema.Nullable.Intersect(at);
        var condition = nullable.IsEmpty ? "false" : nullable.Condition(at);
        if (field.Schema.IsArray)
            EmitArray(field, target, condition);
        else if (!field.IsStruct)
            code.Line(
                $"{target} = {(field.IsErrorCode ? "(KafkaError)" : "")}{Choose(condition, Read(field, "Nullable"), Read(field, ""))};");
        else
        {
            var read = StructDecode(field);
            code.Line($"{target} = {Choose(condition, $"reader.ReadPresence() ? {read} : null", read)};");
        }
    }

    private void EmitArray(FieldCode field, string target, string? nullable)
    {
        var least = shape.ElementMinBytes(field.Schema);
        var flexible = shape.Flexible(field.Schema);
        code.Open();
        var count = Choose(
            nullable, $"reader.ReadNullableArrayLength({flexible}, {least})", $"reader.ReadArrayLength({flexible}, {least})");
        code.Line($"var count = {count};");
        if (nullable != "false")
        {
            code.Line($"if (count < 0) {target} = null;");
            code.Open("else");
        }
        else
            code.Open(field.IsMadeWhenAsked ? "if (count > 0)" : null);
        var capacity = field.Wire is { CanBeNull: false } ? "count" : $"Math.Min(count, {FirstCapacity})";
        code.Line($"var list = new List<{field.ElementType}>({capacity});");
        var element = field.IsStruct ? StructDecode(field) : Read(field, "");
        code.Line($"for (var i = 0; i < count; i++) list.Add({element});");
        code.Line($"{target} = list;");
        code.Close();
        code.Close();
    }

    // Through the message's name, because a property may share the struct's.
    private string StructDecode(FieldCode field) => $"{shape.Message.Name}.{field.Schema.Type}.Decode(ref reader, version)";

    private string Read(FieldCode field, string prefix)
        => $"reader.Read{prefix}{field.Wire!.Method}({(field.Wire.HasLength ? shape.Flexible(field.Schema) : "")})";

    private static string Choose(string? condition, string whenTrue, string whenFalse)
        => condition is null ? whenTrue : condition == "false" ? whenFalse : $"{condition} ? ({whenTrue}) : {whenFalse}";
}
