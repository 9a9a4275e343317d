using System.Buffers.Binary;
using System.Text;
using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>
/// Reads what <see cref="StoreWriter"/> wrote. Bytes that end too early or a length that cannot be turn <see cref="IsBroken"/> on; nothing
/// throws.
/// </summary>
internal ref struct StoreReader(ReadOnlySpan<byte> bytes)
{
    private ByteCursor cursor = new(bytes);

    public readonly bool IsBroken => cursor.IsBroken;

    public readonly bool IsAtEnd => cursor.Left == 0;

    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    public int Int32() => Take(4) is { Length: 4 } taken ? BinaryPrimitives.ReadInt32LittleEndian(taken) : 0;

    public long Int64() => Take(8) is { Length: 8 } taken ? BinaryPrimitives.ReadInt64LittleEndian(taken) : 0;

    public byte[]? Bytes()
    {
        var length = Int32();
        return length == -1 ? null : Take(length).ToArray();
    }

    public string String() => Encoding.UTF8.GetString(Take(Int32()));

    private ReadOnlySpan<byte> Take(int length) => cursor.Take(length);
}
