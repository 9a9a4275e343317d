using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.Legacy;

/// <summary>Takes items, such as records, from bytes that come in pieces.</summary>
internal interface IItemReader
{
    /// <summary>The items are malformed, or whoever reads them wants no more.</summary>
    bool IsEnded { get; }

    /// <summary>
    /// Takes the items that lie whole at the start of the bytes, and returns how many bytes they took. <paramref name="neededBytes"/> is
    /// what has to be there before it is worth to call again.
    /// </summary>
    int Take(ReadOnlySpan<byte> bytes, out int neededBytes);
}

/// <summary>
/// Keeps what is decompressed until whole items are there, which its reader takes. It holds one item and one piece, and grows with the
/// bytes that come, never with a length that is announced. Dispose gives the buffer back.
/// </summary>
internal sealed class ItemStream<TReader>(TReader reader, int itemMaxBytes) : IDecompressedOutput, IDisposable
    where TReader : struct, IItemReader
{
    private TReader reader = reader;
    private byte[] buffer = [];
    private int heldBytes;
    private int neededBytes = 1;

    public TReader Reader => reader;

    /// <summary>Whether an item is larger than what is held of one.</summary>
    public bool IsItemTooLarge => neededBytes > itemMaxBytes;

    /// <summary>Whether no part of an item is left, once all bytes have come.</summary>
    public bool IsAtItemEnd => heldBytes == 0;

    public bool WantsNoMore => reader.IsEnded || IsItemTooLarge;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return buffer.AsMemory(heldBytes);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Advance(int count)
    {
        heldBytes += count;
        if (heldBytes < neededBytes || WantsNoMore)
            return;
        var taken = reader.Take(buffer.AsSpan(0, heldBytes), out neededBytes);
        buffer.AsSpan(taken, heldBytes - taken).CopyTo(buffer);
        heldBytes -= taken;
    }

    public void Dispose()
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private void MakeRoom(int bytes)
    {
        if (buffer.Length - heldBytes >= bytes)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(heldBytes + bytes), heldBytes * 2));
        buffer.AsSpan(0, heldBytes).CopyTo(larger);
        Dispose();
        buffer = larger;
    }
}
