using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using KafkaCompatBroker.Os.Memory;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// Where frames are received into. Small ones go into arrays of the shared pool; large ones into pages outside of the heap, which were
/// otherwise collected as a whole each time it has no room for another of them. A few of these are kept for each power of two, so that a
/// steady load of large requests uses the same ones again and a burst does not keep them. Any thread may use it.
/// </summary>
/// <param name="pagesMaxBytes">How much there is of pages.</param>
internal sealed class FrameBuffers(long pagesMaxBytes)
{
    private const int SharedMaxBytes = 64 * 1024;
    private const int SmallestClassBytes = 128 * 1024;
    private const int SlotsPerClass = 8;

    private readonly SizeClass[] classes =
        [.. Enumerable.Range(0, BitOperations.Log2(Limits.KeptFrameBytes / SmallestClassBytes) + 1).Select(_ => new SizeClass())];
    private long pagesBytes;
    private long keptBytes;
    private volatile bool isClosed;

    /// <summary>
    /// A buffer of at least so many bytes, their content left over from before. Throws <see cref="OutOfMemoryException"/>.
    /// </summary>
    public Memory<byte> Rent(int bytes)
    {
        if (bytes <= SharedMaxBytes)
            return ArrayPool<byte>.Shared.Rent(bytes);
        if (bytes > Limits.KeptFrameBytes)
            return NewBlock(bytes).Memory;
        var index = ClassOf(bytes);
        var sizeClass = classes[index];
        sizeClass.IsUsed = true;
        foreach (ref var slot in sizeClass.Slots.AsSpan())
        {
            if (TakeOut(ref slot) is { } kept)
                return kept.Memory;
        }
        return NewBlock(SmallestClassBytes << index).Memory;
    }

    /// <summary>Takes back a whole buffer that was rented.</summary>
    public void Return(Memory<byte> buffer)
    {
        if (MemoryMarshal.TryGetArray<byte>(buffer, out var segment))
            ArrayPool<byte>.Shared.Return(segment.Array!);
        else if (MemoryMarshal.TryGetMemoryManager<byte, PageBlock>(buffer, out var block) && !TryKeep(block, buffer.Length))
            GiveUp(block, buffer.Length);
    }

    /// <summary>Lets go of the blocks of each size that nobody has asked for since the last trim.</summary>
    public void Trim()
    {
        foreach (var sizeClass in classes)
        {
            if (!sizeClass.IsUsed)
                Empty(sizeClass);
            sizeClass.IsUsed = false;
        }
    }

    /// <summary>Keeps no block any more, now or when it comes back.</summary>
    public void Close()
    {
        isClosed = true;
        foreach (var sizeClass in classes)
            Empty(sizeClass);
    }

    private static int ClassOf(int bytes)
        => Math.Max(0, BitOperations.Log2((uint)(bytes - 1)) + 1 - BitOperations.Log2(SmallestClassBytes));

    private PageBlock NewBlock(int bytes)
    {
        if (!HasRoomFor(bytes))
        {
            foreach (var sizeClass in classes)
                Empty(sizeClass);
            if (!HasRoomFor(bytes))
                throw new OutOfMemoryException();
        }
        try
        {
            return new PageBlock(bytes);
        }
        catch
        {
            Interlocked.Add(ref pagesBytes, -bytes);
            throw;
        }
    }

    /// <summary>When there is, it is the caller's.</summary>
    private bool HasRoomFor(int bytes)
    {
        if (Interlocked.Add(ref pagesBytes, bytes) <= pagesMaxBytes)
            return true;
        Interlocked.Add(ref pagesBytes, -bytes);
        return false;
    }

    private void GiveUp(PageBlock block, int bytes)
    {
        ((IDisposable)block).Dispose();
        Interlocked.Add(ref pagesBytes, -bytes);
    }

    private bool TryKeep(PageBlock block, int bytes)
    {
        if (bytes > Limits.KeptFrameBytes || isClosed)
            return false;
        if (Interlocked.Add(ref keptBytes, bytes) <= Limits.KeptFramesBytes)
        {
            foreach (ref var slot in classes[ClassOf(bytes)].Slots.AsSpan())
            {
                if (slot is null && Interlocked.CompareExchange(ref slot, block, null) is null)
                    return true;
            }
        }
        Interlocked.Add(ref keptBytes, -bytes);
        return false;
    }

    private PageBlock? TakeOut(ref PageBlock? slot)
    {
        if (slot is null || Interlocked.Exchange(ref slot, null) is not { } kept)
            return null;
        Interlocked.Add(ref keptBytes, -kept.Length);
        return kept;
    }

    private void Empty(SizeClass sizeClass)
    {
        foreach (ref var slot in sizeClass.Slots.AsSpan())
        {
            if (TakeOut(ref slot) is { } kept)
                GiveUp(kept, kept.Length);
        }
    }

    private sealed class SizeClass
    {
        public readonly PageBlock?[] Slots = new PageBlock?[SlotsPerClass];
        public volatile bool IsUsed;
    }
}
