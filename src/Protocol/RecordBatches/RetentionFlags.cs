using System.Buffers;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>Which records of a batch are kept, by their places; used for batch after batch. Dispose gives the buffer back.</summary>
internal sealed class RetentionFlags : IDisposable
{
    private const int FirstCapacity = 256;

    private bool[] flags = [];
    private int count;

    /// <summary>How many are kept.</summary>
    public int SetCount { get; private set; }

    public bool this[int index] => flags[index];

    public void Clear() => (count, SetCount) = (0, 0);

    public void Add(bool flag)
    {
        if (count == flags.Length)
        {
            var larger = ArrayPool<bool>.Shared.Rent(Math.Max(FirstCapacity, count * 2));
            flags.AsSpan(0, count).CopyTo(larger);
            Dispose();
            flags = larger;
        }
        flags[count++] = flag;
        SetCount += flag ? 1 : 0;
    }

    public void Dispose()
    {
        if (flags.Length > 0)
            ArrayPool<bool>.Shared.Return(flags);
        flags = [];
    }
}
