namespace KafkaCompatBroker.Tests.Simulation.World.Disks;

/// <summary>An open file of the simulated disk, counted as a real one is.</summary>
internal sealed class SimFile(DiskFaults faults, SimFileSystem fileSystem, SimFileNode node, string path, bool readOnly, Random random,
    Action closed)
    : IDiskFile
{
    private int references = 1;
    private DiskError? failedFlush;

    public string Path => path;
    public long Length => node.Length;

    public int Read(long position, Span<byte> buffer)
    {
        Invariant.Holds(references > 0);
        faults.Check(DiskOperation.Read, path);
        return node.Read(position, buffer);
    }

    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        Invariant.Holds(references > 0 && !readOnly);
        faults.Check(DiskOperation.Write, path);
        var grownBytes = Math.Max(0, position + bytes.Length - node.Length);
        if (grownBytes > fileSystem.FreeBytes)
        {
            // As much as fits is written before the error, as write(2) does it.
            var overBytes = (int)Math.Min(bytes.Length, grownBytes - fileSystem.FreeBytes);
            if (overBytes < bytes.Length)
                Write(position, bytes[..^overBytes]);
            throw fileSystem.Full(path);
        }
        if (faults.IsNextStepArmed)
            WritePart(position, bytes[..random.Next(bytes.Length + 1)].ToArray());
        else
            faults.Step(DiskOperation.Write, path);
        fileSystem.Reserve(path, grownBytes);
        node.Write(position, bytes);
    }

    private void WritePart(long position, byte[] part) => faults.Step(DiskOperation.Write, path, () =>
    {
        fileSystem.Reserve(path, Math.Max(0, position + part.Length - node.Length));
        node.Write(position, part);
    });

    public void SetLength(long length)
    {
        Invariant.Holds(references > 0 && !readOnly);
        faults.Check(DiskOperation.Truncate, path);
        faults.Step(DiskOperation.Truncate, path);
        fileSystem.Reserve(path, length - node.Length);
        node.SetLength((int)length);
    }

    public void Flush()
    {
        Invariant.Holds(references > 0);
        if (failedFlush is not null)
            throw failedFlush;
        try
        {
            faults.Check(DiskOperation.Flush, path);
            faults.Step(DiskOperation.Flush, path);
        }
        catch (DiskError error)
        {
            failedFlush = error;
            fileSystem.HasFailedFlush = true;
            node.ForgetUnsynced();
            throw;
        }
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
        if (--references == 0)
            closed();
    }
}
