using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace KafkaCompatBroker.Controller.Znodes.Json;

/// <summary>
/// How the types of this folder write what Kafka 3.9 writes into its znodes, and read it as tolerantly as Kafka does: key order is free,
/// unknown keys are skipped, absent maps are empty. Numbers beyond int32 are JSON strings, because the parsers of Kafka 0.8 to 0.10 know no
/// longer numbers. A decoder gives null for what it cannot read.
/// </summary>
internal static class ZnodeJson
{
    /// <summary>The shape of each znode.</summary>
    public static readonly ZnodeJsonContext Shapes = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
    });

    public static byte[] Encode<T>(T value, JsonTypeInfo<T> shape) => JsonSerializer.SerializeToUtf8Bytes(value, shape);

    public static T? Decode<T>(byte[]? data, JsonTypeInfo<T> shape)
        where T : class
    {
        if (data is null or [])
            return null;
        try
        {
            return JsonSerializer.Deserialize(data, shape);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    public static List<int> Numbers(IReadOnlyList<BrokerId> ids) => [.. ids.Select(id => id.Value)];

    public static IReadOnlyList<BrokerId> Ids(List<int>? numbers)
        => numbers is null ? [] : [.. numbers.Select(number => new BrokerId(number))];
}
