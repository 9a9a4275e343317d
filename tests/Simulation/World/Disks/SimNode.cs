namespace KafkaCompatBroker.Tests.Simulation.World.Disks;

/// <summary>What a name stands for: a folder or a file.</summary>
internal abstract class SimNode;

/// <summary>A folder: the names in it as programs see them, and those that a power loss leaves.</summary>
internal sealed class SimFolder(SimFileSystem fileSystem) : SimNode
{
    /// <summary>Where changes of the names inside are journalled.</summary>
    public SimFileSystem FileSystem => fileSystem;
    public SortedDictionary<string, SimNode> Names { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, SimNode> DurableNames { get; } = new(StringComparer.Ordinal);
}

/// <summary>A file's bytes as programs see them, and what of them is on the platter.</summary>
internal sealed class SimFileNode(DateTimeOffset lastWriteTime) : SimNode
{
    private byte[] bytes = [];
    private byte[] durable = [];
    private int durableLength;
    /// <summary>Writes and cuts since the last flush, in order.</summary>
    private readonly List<Change> unsynced = [];

    public int Length { get; private set; }
    public DateTimeOffset LastWriteTime { get; set; } = lastWriteTime;

    public int Read(long position, Span<byte> buffer)
    {
        var count = (int)Math.Max(0, Math.Min(buffer.Length, Length - position));
        if (count > 0)
            bytes.AsSpan((int)position, count).CopyTo(buffer);
        return count;
    }

    public void Write(long position, ReadOnlySpan<byte> data)
    {
        var end = (int)position + data.Length;
        Resize(ref bytes, end);
        data.CopyTo(bytes.AsSpan((int)position));
        Length = Math.Max(Length, end);
        unsynced.Add(new Change((int)position, end, IsCut: false));
    }

    public void SetLength(int length)
    {
        Resize(ref bytes, length);
        bytes.AsSpan(length).Clear();
        Length = length;
        unsynced.Add(new Change(length, length, IsCut: true));
    }

    public void Flush()
    {
        foreach (var change in unsynced)
            MakeDurable(change);
        unsynced.Clear();
    }

    /// <summary>
    /// A flush has failed: as on Linux, programs go on seeing the bytes, and no later flush makes them durable.
    /// </summary>
    public void ForgetUnsynced() => unsynced.Clear();

    /// <summary>The bytes that a power loss leaves for certain.</summary>
    public ReadOnlySpan<byte> DurableBytes => durable.AsSpan(0, durableLength);

    public void FlipBit(long position, int bit)
    {
        bytes[position] ^= (byte)(1 << bit);
        if (position < durableLength)
            durable[position] ^= (byte)(1 << bit);
    }

    /// <summary>
    /// Leaves the durable bytes, with a part of each unsynced change that chance lets through: none, all, a write's first bytes, or its
    /// last ones, before which stands what was there, zeros past the old end: a file's length and its pages reach the platter in any order.
    /// </summary>
    public void LosePower(Random random)
    {
        foreach (var change in unsynced)
        {
            var length = change.End - change.Start;
            var (skipped, kept) = random.Next(4) switch
            {
                0 => (0, -1),
                1 => (0, length),
                2 => (0, random.Next(length + 1)),
                _ => (random.Next(length + 1), length),
            };
            if (change.IsCut ? kept >= 0 : skipped < kept)
                MakeDurable(change with { Start = change.Start + skipped, End = change.Start + kept });
        }
        unsynced.Clear();
        bytes = durable.AsSpan(0, durableLength).ToArray();
        Length = durableLength;
    }

    private void MakeDurable(Change change)
    {
        if (change.IsCut)
        {
            Resize(ref durable, change.End);
            durable.AsSpan(change.End).Clear();
            durableLength = change.End;
            return;
        }
        // What has been cut off since has no bytes to write.
        var end = Math.Min(change.End, Length);
        if (end <= change.Start)
            return;
        Resize(ref durable, end);
        bytes.AsSpan(change.Start..end).CopyTo(durable.AsSpan(change.Start));
        durableLength = Math.Max(durableLength, end);
    }

    private static void Resize(ref byte[] array, int length)
    {
        if (length > array.Length)
            Array.Resize(ref array, Math.Max(length, array.Length * 2));
    }

    private readonly record struct Change(int Start, int End, bool IsCut);
}
