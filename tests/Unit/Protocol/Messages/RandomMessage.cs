using System.Collections;
using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Unit.Protocol.Schemas;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Messages;

/// <summary>Makes messages with random values in each field that a version has, from one seed; and prints them for comparison.</summary>
internal sealed class RandomMessage(MessageCodec codec, short version, Random random)
{
    private readonly Dictionary<string, StructSchema> structs = SchemaDefinitions.StructsOf(codec.Schema);

    public IMessage Create()
    {
        var message = (IMessage)Activator.CreateInstance(codec.Type)!;
        Fill(message, codec.Schema.Fields);
        return message;
    }

    /// <summary>All fields of the version and their values, depth first.</summary>
    public string Print(IMessage message)
    {
        var text = new List<string>();
        Print(message, codec.Schema.Fields, "", text);
        return string.Join('\n', text);
    }

    private void Fill(object target, EquatableArray<FieldSchema> fields)
    {
        foreach (var field in fields)
        {
            if (!field.Versions.Contains(version))
                continue;
            var property = target.GetType().GetProperty(field.Name)!;
            property.SetValue(target, Value(field, property.PropertyType));
        }
    }

    private object? Value(FieldSchema field, Type type)
    {
        if (field.Nullable.Contains(version) && random.Next(4) == 0)
            return null;
        if (!field.IsArray)
            return Single(field, Nullable.GetUnderlyingType(type) ?? type);
        var list = (IList)Activator.CreateInstance(type)!;
        for (var i = random.Next(3); i > 0; i--)
            list.Add(Single(field, type.GetGenericArguments()[0]));
        return list;
    }

    private object Single(FieldSchema field, Type type)
    {
        switch (field.Type)
        {
            case "bool": return random.Next(2) == 0;
            case "int8": return (sbyte)random.Next();
            case "int16" when type == typeof(KafkaError): return (KafkaError)random.Next(-1, 130);
            case "int16": return (short)random.Next();
            case "uint16": return (ushort)random.Next();
            case "int32": return random.Next(int.MinValue, int.MaxValue);
            case "uint32": return (uint)random.NextInt64(uint.MaxValue);
            case "int64": return random.NextInt64(long.MinValue, long.MaxValue);
            case "float64": return random.NextDouble();
            case "uuid": return new TopicId((ulong)random.NextInt64(), (ulong)random.NextInt64());
            case "string": return new string("aé漢z"[random.Next(4)], random.Next(60));
            case "bytes": return RandomBytes(random.Next(60));
            case "records": return new RecordBytes(RandomBytes(random.Next(10_000)));
            default:
                var nested = Activator.CreateInstance(type)!;
                Fill(nested, structs[field.Type].Fields);
                return nested;
        }
    }

    private byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private void Print(object target, EquatableArray<FieldSchema> fields, string path, List<string> text)
    {
        foreach (var field in fields)
        {
            if (!field.Versions.Contains(version))
                continue;
            var value = target.GetType().GetProperty(field.Name)!.GetValue(target);
            if (!field.IsArray || value is null)
            {
                PrintSingle(value, field, path + field.Name, text);
                continue;
            }
            text.Add($"{path}{field.Name} has {((IList)value).Count}");
            foreach (var item in (IList)value)
                PrintSingle(item, field, path + field.Name, text);
        }
    }

    private void PrintSingle(object? value, FieldSchema field, string path, List<string> text)
    {
        if (value is not null && structs.TryGetValue(field.Type, out var nested))
            Print(value, nested.Fields, path + ".", text);
        else
        {
            var shown = value switch
            {
                null => "null",
                byte[] bytes => Convert.ToHexString(bytes),
                RecordBytes records => Convert.ToHexString(records.Memory.Span),
                _ => value,
            };
            text.Add($"{path} = {shown}");
        }
    }
}
