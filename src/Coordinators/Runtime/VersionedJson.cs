using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// Keys and values of the internal topics as JSON, in the form of kafka-dump-log's decoders: a key is <c>{"type":…,"data":{…}}</c>, a value
/// <c>{"version":…,"data":{…}}</c>. A version that is not known has its number alone.
/// </summary>
internal static class VersionedJson
{
    /// <summary>Writes the fields that lie behind a version.</summary>
    public delegate void WriteFields(Utf8JsonWriter json, WireReader fields, short version);

    /// <summary>Null where the bytes are too few for a version.</summary>
    public static string? Key(ReadOnlySpan<byte> bytes, WriteFields write) => Text(bytes, "type", write);

    /// <inheritdoc cref="Key"/>
    public static string? Value(ReadOnlySpan<byte> bytes, WriteFields write) => Text(bytes, "version", write);

    private static string? Text(ReadOnlySpan<byte> bytes, string numberName, WriteFields write)
    {
        if (bytes.Length < sizeof(short))
            return null;
        var copy = bytes.ToArray();
        var number = VersionedBytes.VersionOf(copy);
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString(numberName, number.ToString(CultureInfo.InvariantCulture));
            json.WriteStartObject("data");
            try
            {
                write(json, VersionedBytes.FieldsOf(copy), number);
            }
            catch (MalformedRequest malformed)
            {
                json.WriteString("malformed", malformed.Message);
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
