using System.Buffers;
using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Os.Memory;

/// <summary>
/// Pages of the system's own, outside of the heap: the collector neither looks for room for them nor has to run to give them back, and the
/// system gives each page only when something is written into it. Whoever has it gives it back with <c>Dispose</c>, once; after that its
/// <see cref="MemoryManager{T}.Memory"/> throws <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed unsafe partial class PageBlock : MemoryManager<byte>
{
    private const int ReadAndWrite = 1 | 2, PrivateAndOfNoFile = 0x02 | 0x20;

    private static readonly nint Failed = -1;

    private nint start;

    /// <param name="length">Its bytes, zeros at first. Throws <see cref="OutOfMemoryException"/>.</param>
    public PageBlock(int length)
    {
        Length = length;
        start = Map(0, (nuint)length, ReadAndWrite, PrivateAndOfNoFile, -1, 0);
        if (start != Failed)
            return;
        start = 0;
        throw new OutOfMemoryException();
    }

    public int Length { get; }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(start == 0, this);
        return new Span<byte>((void*)start, Length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(start == 0, this);
        return new MemoryHandle((byte*)start + elementIndex);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref start, 0) is var pages && pages != 0)
            Invariant.Holds(Unmap(pages, (nuint)Length) == 0);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
