namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// The last offset of each key in the dirty part of a log, as far as its memory reaches: a table of 24 bytes a key, which holds the key's
/// hash in its place. Kafka's SkimpyOffsetMap. Used by one thread, for one compaction; the memory goes with it.
/// </summary>
internal sealed class OffsetMap
{
    public const int SlotBytes = 24;

    private readonly KeyHash hash;
    /// <summary>An offset is kept one higher, so that 0 stands for an empty slot.</summary>
    private readonly Slot[] slots;

    /// <param name="memoryBytes">What the table may take.</param>
    /// <param name="loadFactor">How full it may get.</param>
    /// <param name="keysMax">How many keys there can be: no more memory is taken than these need.</param>
    /// <param name="hash">What keys are known by.</param>
    public OffsetMap(long memoryBytes, double loadFactor, long keysMax, KeyHash hash)
    {
        this.hash = hash;
        var slotsMax = Math.Clamp(memoryBytes / SlotBytes, 2, Array.MaxLength / SlotBytes);
        // A search ends at an empty slot, so there is one always.
        var capacity = Math.Clamp((long)(slotsMax * loadFactor), 1, slotsMax - 1);
        Capacity = (int)Math.Clamp(keysMax, 1, capacity);
        slots = new Slot[(int)Math.Min(slotsMax, Math.Max((long)Math.Ceiling(Capacity / Math.Max(loadFactor, 0.01)), Capacity + 1L))];
    }

    /// <summary>How many keys it takes.</summary>
    public int Capacity { get; }

    public int Count { get; private set; }

    /// <summary>Of all that has been put or passed over; −1 before.</summary>
    public long LatestOffset { get; private set; } = -1;

    public bool IsFull => Count >= Capacity;

    /// <summary>Notes that the key's last offset is this one; the map is not full.</summary>
    public void Put(ReadOnlySpan<byte> key, long offset)
    {
        Invariant.Holds(!IsFull);
        ref var slot = ref Find(key, out var keyHash);
        if (slot.OffsetPlusOne == 0)
            Count++;
        slot = new Slot(keyHash.Low, keyHash.High, offset + 1);
        LatestOffset = offset;
    }

    /// <summary>The key's last offset; −1 when it is not there.</summary>
    public long Get(ReadOnlySpan<byte> key) => Find(key, out _).OffsetPlusOne - 1;

    /// <summary>Up to the offset nothing is left to put.</summary>
    public void PassOver(long offset) => LatestOffset = offset;

    /// <summary>The key's slot, or the empty one where it belongs.</summary>
    private ref Slot Find(ReadOnlySpan<byte> key, out (ulong Low, ulong High) keyHash)
    {
        keyHash = hash.Of(key);
        var index = (int)Math.BigMul(keyHash.Low, (ulong)slots.Length, out _);
        while (true)
        {
            ref var slot = ref slots[index];
            if (slot.OffsetPlusOne == 0 || slot.Low == keyHash.Low && slot.High == keyHash.High)
                return ref slot;
            if (++index == slots.Length)
                index = 0;
        }
    }

    private readonly record struct Slot(ulong Low, ulong High, long OffsetPlusOne);
}
