using System.Buffers.Binary;
using System.Text;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>The form of keys and values in coordinators' topics: a version, then the fields of a message in that version.</summary>
internal static class VersionedBytes
{
    private const int StringMaxBytes = short.MaxValue;

    public static byte[] Of(IMessage message, short version)
    {
        using var writer = new WireWriter();
        writer.WriteInt16(version);
        message.Encode(writer, version);
        return writer.ToArray();
    }

    /// <exception cref="MalformedRequest">There is none.</exception>
    public static short VersionOf(byte[] bytes)
        => BinaryPrimitives.TryReadInt16BigEndian(bytes, out var version) ? version : throw new MalformedRequest("no version");

    /// <summary>Of the fields, behind the version.</summary>
    public static WireReader FieldsOf(byte[] bytes) => new(bytes.AsMemory(sizeof(short)));

    /// <summary>A string that came as bytes that are no UTF-8 grows when it is written again, maybe past what a string may have.</summary>
    public static bool Fits(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (text is not null && Encoding.UTF8.GetByteCount(text) > StringMaxBytes)
                return false;
        }
        return true;
    }
}
