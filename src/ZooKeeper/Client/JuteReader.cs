using System.Buffers.Binary;
using System.Text;
using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// Reads one frame in jute. Bytes that end too early or a length that cannot be turn <see cref="IsBroken"/> on, and from then on everything
/// read is zero or empty; nothing throws, and no memory is taken for what is not there.
/// </summary>
internal ref struct JuteReader(ReadOnlySpan<byte> frame)
{
    private ByteCursor cursor = new(frame);

    public readonly bool IsBroken => cursor.IsBroken;

    public readonly bool IsAtEnd => cursor.Left == 0;

    public bool Boolean() => Take(1) is [not 0];

    public int Int32() => Take(sizeof(int)) is { Length: sizeof(int) } taken ? BinaryPrimitives.ReadInt32BigEndian(taken) : 0;

    public long Int64() => Take(sizeof(long)) is { Length: sizeof(long) } taken ? BinaryPrimitives.ReadInt64BigEndian(taken) : 0;

    public byte[]? Bytes()
    {
        var length = Int32();
        return length == -1 ? null : Take(length).ToArray();
    }

    /// <summary>Empty for null.</summary>
    public string String()
    {
        var length = Int32();
        return length == -1 ? "" : Encoding.UTF8.GetString(Take(length));
    }

    /// <summary>Empty for null.</summary>
    public IReadOnlyList<string> Strings()
    {
        var count = Int32();
        // Each has a length of its own, so a count that the rest cannot hold is none.
        if (count < -1 || count > cursor.Left / sizeof(int))
            cursor.Break();
        if (IsBroken || count <= 0)
            return [];
        var values = new List<string>(count);
        for (var index = 0; index < count && !IsBroken; index++)
            values.Add(String());
        return values;
    }

    private ReadOnlySpan<byte> Take(int length) => cursor.Take(length);
}
