using System.Reflection;
using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Unit.Protocol.Schemas;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Messages;

/// <summary>Every generated message by name, decodable without naming its type.</summary>
internal sealed class MessageCodec(MessageSchema schema, Type type, MessageCodec.Decoder decode)
{
    public delegate IMessage Decoder(ref WireReader reader, short version);

    public static IReadOnlyDictionary<string, MessageCodec> All { get; } = SchemaDefinitions.Messages.Values.ToDictionary(
        schema => schema.Name, Create);

    public MessageSchema Schema => schema;

    public Type Type => type;

    public IEnumerable<short> Versions
        => Enumerable.Range(schema.Versions.Low, schema.Versions.High - schema.Versions.Low + 1).Select(version => (short)version);

    public IMessage Decode(ReadOnlyMemory<byte> bytes, short version, out int bytesRead)
    {
        var reader = new WireReader(bytes);
        var message = decode(ref reader, version);
        bytesRead = reader.Position;
        return message;
    }

    public static byte[] Encode(IMessage message, short version)
    {
        using var writer = new WireWriter();
        message.Encode(writer, version);
        return writer.ToArray();
    }

    private static MessageCodec Create(MessageSchema schema)
    {
        var type = typeof(ProduceRequest).Assembly.GetType($"KafkaCompatBroker.Protocol.Messages.{schema.Name}", throwOnError: true)!;
        var decode = typeof(MessageCodec).GetMethod(
            nameof(DecodeAs), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);
        return new MessageCodec(schema, type, decode.CreateDelegate<Decoder>());
    }

    private static IMessage DecodeAs<T>(ref WireReader reader, short version)
        where T : IMessage<T> => T.Decode(ref reader, version);
}
