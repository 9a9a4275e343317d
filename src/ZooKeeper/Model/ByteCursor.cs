namespace KafkaCompatBroker.ZooKeeper.Model;

/// <summary>
/// Takes bytes from the front of a span. More than there are, or a length that cannot be, turns <see cref="IsBroken"/> on, and from then on
/// there are none; nothing throws.
/// </summary>
internal ref struct ByteCursor(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public bool IsBroken { get; private set; }

    public readonly int Left => rest.Length;

    public ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > rest.Length)
        {
            Break();
            return default;
        }
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    public void Break()
    {
        IsBroken = true;
        rest = default;
    }
}
