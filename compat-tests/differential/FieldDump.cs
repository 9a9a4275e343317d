using System.Collections;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.CompatTests.Differential;

/// <summary>
/// Lays a decoded answer out as path → text. Elements of arrays are named by their key where they have one, since Kafka's own order follows
/// its hash maps. What must differ between two brokers becomes a name: random ids, ports, the words of an error message.
/// </summary>
internal sealed partial class FieldDump
{
    private static readonly string[] KeyProperties =
    [
        "Name", "Topic", "TopicName", "ApiKey", "GroupId", "Key", "MemberId", "PartitionIndex", "Partition", "Index", "BrokerId", "NodeId",
        "Feature", "TransactionalId",
    ];

    private readonly Dictionary<long, string> producerIds = [];
    private readonly Dictionary<int, string> sessionIds = [];

    public IReadOnlyDictionary<string, string> Of(object message)
    {
        var fields = new Dictionary<string, string>();
        Add(fields, "", message);
        return fields;
    }

    private void Add(Dictionary<string, string> fields, string path, object? value)
    {
        switch (value)
        {
            case null:
                fields[path] = "null";
                break;
            case string text:
                fields[path] = Uuid().Replace(text, "<uuid>");
                break;
            case byte[] bytes:
                fields[path] = Convert.ToHexString(bytes);
                break;
            case TopicId id:
                fields[path] = id.IsZero ? "zero" : "<id>";
                break;
            case RecordBytes records:
                fields[path] = $"{records.Length} bytes, {Convert.ToHexString(SHA256.HashData(records.Memory.Span))[..12]}";
                break;
            case ApiVersionsResponse.ApiVersion api:
                fields[path] = $"{api.MinVersion}-{api.MaxVersion}";
                break;
            case IList list:
                AddList(fields, path, list);
                break;
            default:
                if (value.GetType().IsPrimitive || value.GetType().IsEnum)
                    fields[path] = value is Enum ? $"{value} ({Convert.ToInt64(value)})" : value.ToString()!;
                else
                    AddProperties(fields, path, value);
                break;
        }
    }

    private void AddProperties(Dictionary<string, string> fields, string path, object message)
    {
        foreach (var property in message.GetType().GetProperties(
            BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var value = property.GetValue(message);
            var inner = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (Volatile(property.Name, value) is { } name)
                fields[inner] = name;
            else
                Add(fields, inner, value);
        }
    }

    private void AddList(Dictionary<string, string> fields, string path, IList list)
    {
        fields[$"{path}.Count"] = list.Count.ToString();
        var seen = new Dictionary<string, int>();
        for (var index = 0; index < list.Count; index++)
        {
            var key = Key(list[index]!) ?? $"{index}";
            seen[key] = seen.GetValueOrDefault(key) + 1;
            Add(fields, seen[key] == 1 ? $"{path}[{key}]" : $"{path}[{key} again {seen[key]}]", list[index]);
        }
    }

    private static string? Key(object element)
    {
        if (element is ApiVersionsResponse.ApiVersion api)
            return $"{(ApiKey)api.ApiKey}";
        foreach (var name in KeyProperties)
        {
            if (element.GetType().GetProperty(name)?.GetValue(element) is { } value
                && value is not "" && !value.GetType().IsClass | value is string)
                return Uuid().Replace(value.ToString()!, "<uuid>");
        }
        return null;
    }

    private string? Volatile(string name, object? value) => (name, value) switch
    {
        ("Port", int port) when port > 0 => "<port>",
        ("ClusterId", string) => "<cluster id>",
        // Clients show these to people and decide by the code.
        ("ErrorMessage" or "BatchIndexErrorMessage", string { Length: > 0 }) => "<words>",
        ("ProducerId", long and >= 0) => Named(producerIds, (long)value, "producer"),
        ("SessionId", int and > 0) => Named(sessionIds, (int)value, "session"),
        _ => null,
    };

    private static string Named<T>(Dictionary<T, string> names, T value, string kind)
        where T : notnull
        => names.TryGetValue(value, out var name) ? name : names[value] = $"<{kind} {names.Count + 1}>";

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();
}
