using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Tests.Bench.Requests;

/// <summary>
/// A file of <see cref="MemoryDisk"/>: unmanaged memory that grows with what is written and lives as long as the process.
/// </summary>
internal sealed unsafe class MemoryFile(string path) : IDiskFile
{
    private readonly Lock gate = new();
    private byte* memory;
    private long capacity;

    public string Path => path;

    public long Length { get; private set; }

    public int Read(long position, Span<byte> buffer)
    {
        lock (gate)
        {
            var count = (int)Math.Clamp(Length - position, 0, buffer.Length);
            new ReadOnlySpan<byte>(memory + position, count).CopyTo(buffer);
            return count;
        }
    }

    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            Reserve(position + bytes.Length);
            bytes.CopyTo(new Span<byte>(memory + position, bytes.Length));
            Length = Math.Max(Length, position + bytes.Length);
        }
    }

    public void SetLength(long length)
    {
        lock (gate)
        {
            Reserve(length);
            for (var zeroed = Length; zeroed < length; zeroed++)
                memory[zeroed] = 0;
            Length = length;
        }
    }

    public void Flush()
    {
    }

    public bool TryAddReference() => true;

    public void Release()
    {
    }

    private void Reserve(long bytes)
    {
        if (bytes <= capacity)
            return;
        capacity = Math.Max(bytes, 2 * capacity);
        memory = (byte*)NativeMemory.Realloc(memory, (nuint)capacity);
    }
}
