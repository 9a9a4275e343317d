using System.Buffers;
using System.Numerics;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// Where frames are received into. Small arrays come from the shared pool; large ones from a few slots per power of two, so that a steady
/// load of large requests reuses its arrays and a burst does not keep them. Any thread may use it.
/// </summary>
internal sealed class FrameBuffers
{
    private const int SharedMaxBytes = 64 * 1024;
    private const int SmallestClassBytes = 128 * 1024;
    private const int SlotsPerClass = 8;

    private readonly SizeClass[] classes =
        [.. Enumerable.Range(0, BitOperations.Log2(Limits.KeptFrameBytes / SmallestClassBytes) + 1).Select(_ => new SizeClass())];
    private long keptBytes;

    /// <summary>An array of at least so many bytes, their content left over from before.</summary>
    public byte[] Rent(int bytes)
    {
        if (bytes <= SharedMaxBytes)
            return ArrayPool<byte>.Shared.Rent(bytes);
        if (bytes > Limits.KeptFrameBytes)
            return GC.AllocateUninitializedArray<byte>(bytes);
        var index = ClassOf(bytes);
        var sizeClass = classes[index];
        sizeClass.IsUsed = true;
        foreach (ref var slot in sizeClass.Slots.AsSpan())
        {
            if (slot is not null && Interlocked.Exchange(ref slot, null) is { } kept)
            {
                Interlocked.Add(ref keptBytes, -kept.Length);
                return kept;
            }
        }
        return GC.AllocateUninitializedArray<byte>(SmallestClassBytes << index);
    }

    public void Return(byte[] array)
    {
        if (array.Length <= SharedMaxBytes)
        {
            ArrayPool<byte>.Shared.Return(array);
            return;
        }
        if (array.Length > Limits.KeptFrameBytes)
            return;
        if (Interlocked.Add(ref keptBytes, array.Length) <= Limits.KeptFramesBytes)
        {
            foreach (ref var slot in classes[ClassOf(array.Length)].Slots.AsSpan())
            {
                if (slot is null && Interlocked.CompareExchange(ref slot, array, null) is null)
                    return;
            }
        }
        Interlocked.Add(ref keptBytes, -array.Length);
    }

    /// <summary>Lets go of the arrays of each size that nobody has asked for since the last trim.</summary>
    public void Trim()
    {
        foreach (var sizeClass in classes)
        {
            if (!sizeClass.IsUsed)
            {
                foreach (ref var slot in sizeClass.Slots.AsSpan())
                {
                    if (Interlocked.Exchange(ref slot, null) is { } kept)
                        Interlocked.Add(ref keptBytes, -kept.Length);
                }
            }
            sizeClass.IsUsed = false;
        }
    }

    private static int ClassOf(int bytes)
        => Math.Max(0, BitOperations.Log2((uint)(bytes - 1)) + 1 - BitOperations.Log2(SmallestClassBytes));

    private sealed class SizeClass
    {
        public readonly byte[]?[] Slots = new byte[]?[SlotsPerClass];
        public volatile bool IsUsed;
    }
}
