using System.Buffers;
using System.Runtime.InteropServices;
using KafkaCompatBroker.Broker.Network;

namespace KafkaCompatBroker.Broker.InterBroker.Client;

/// <summary>
/// Where answers of other brokers are received into: pooled arrays. What there is at once is bounded by how many connections there are, by
/// one request under way on each, and by how large an answer may be.
/// </summary>
internal sealed class AnswerMemory : IFrameMemory
{
    public static readonly AnswerMemory Shared = new();

    public Memory<byte>? TryRent(int size, bool isGrowth) => ArrayPool<byte>.Shared.Rent(size);

    public void Return(Memory<byte> buffer)
    {
        Invariant.Holds(MemoryMarshal.TryGetArray<byte>(buffer, out var segment));
        ArrayPool<byte>.Shared.Return(segment.Array!);
    }

    void IFrameMemory.BeginFrame(int length, ReadOnlySpan<byte> start)
    {
    }

    void IFrameMemory.EndGrowth()
    {
    }

    void IFrameMemory.Charge(long size)
    {
    }

    void IFrameMemory.Uncharge(long size)
    {
    }
}
