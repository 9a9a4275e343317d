namespace KafkaCompatBroker.Tests.Simulation.World;

/// <summary>A file's bytes as a program sees them, and what of them is on the platter.</summary>
internal sealed class SimFileNode(DateTimeOffset lastWriteTime)
{
    private byte[] bytes = [];
    private byte[] durable = [];
    private readonly List<(long Position, int Length)> unsynced = [];

    public int Length { get; private set; }
    public DateTimeOffset LastWriteTime { get; set; } = lastWriteTime;

    public int Read(long position, Span<byte> buffer)
    {
        var count = (int)Math.Max(0, Math.Min(buffer.Length, Length - position));
        bytes.AsSpan((int)position, count).CopyTo(buffer);
        return count;
    }

    public void Write(long position, ReadOnlySpan<byte> data)
    {
        Grow((int)position + data.Length);
        data.CopyTo(bytes.AsSpan((int)position));
        unsynced.Add((position, data.Length));
    }

    public void SetLength(long length)
    {
        Grow((int)length);
        bytes.AsSpan((int)length).Clear();
        Length = (int)length;
    }

    public void Flush()
    {
        durable = bytes.AsSpan(0, Length).ToArray();
        unsynced.Clear();
    }

    public void FlipBit(long position, int bit)
    {
        bytes[position] ^= (byte)(1 << bit);
        if (position < durable.Length)
            durable[position] ^= (byte)(1 << bit);
    }

    /// <summary>
    /// The durable bytes, with a part of each unsynced write that chance lets through: none, all, its first bytes, or its last ones, before
    /// which stands what was there, zeros past the old end: a file's length and its pages reach the platter in any order.
    /// </summary>
    public SimFileNode AfterPowerLoss(Random random)
    {
        var after = new SimFileNode(LastWriteTime);
        after.Write(0, durable);
        foreach (var (position, length) in unsynced)
        {
            var (first, end) = random.Next(4) switch { 0 => (0, 0), 1 => (0, length), 2 => (0, random.Next(length + 1)), _ => (
                random.Next(length + 1), length) };
            end = (int)Math.Min(end, Length - position);
            if (first < end)
                after.Write(position + first, bytes.AsSpan((int)position + first, end - first));
        }
        after.Flush();
        return after;
    }

    private void Grow(int length)
    {
        if (length > bytes.Length)
            Array.Resize(ref bytes, Math.Max(length, bytes.Length * 2));
        Length = Math.Max(Length, length);
    }
}

/// <summary>An open file of the simulated disk, counted as a real one is.</summary>
internal sealed class SimFile(SimDisk disk, SimFileNode node, string path, bool readOnly) : IDiskFile
{
    private int references = 1;

    public string Path => path;
    public long Length => node.Length;

    public int Read(long position, Span<byte> buffer)
    {
        Invariant.Holds(references > 0);
        disk.Check(path, "read");
        return node.Read(position, buffer);
    }

    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        Invariant.Holds(references > 0 && !readOnly);
        disk.Check(path, "write");
        disk.Reserve(path, Math.Max(0, position + bytes.Length - node.Length));
        if (disk.IsStepArmed)
            WritePart(position, bytes[..disk.PartOf(bytes.Length)].ToArray());
        else
            disk.Step(path, "write");
        node.Write(position, bytes);
    }

    private void WritePart(long position, byte[] part) => disk.Step(path, "write", () => node.Write(position, part));

    public void SetLength(long length)
    {
        Invariant.Holds(references > 0 && !readOnly);
        disk.Check(path, "write");
        disk.Step(path, "truncate");
        disk.Reserve(path, length - node.Length);
        node.SetLength(length);
    }

    public void Flush()
    {
        Invariant.Holds(references > 0);
        disk.Check(path, "flush");
        disk.Step(path, "flush");
        node.Flush();
    }

    public bool TryAddReference()
    {
        if (references == 0)
            return false;
        references++;
        return true;
    }

    public void Release()
    {
        Invariant.Holds(references > 0);
        references--;
    }
}
