using System.Buffers;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>Looks behind damage in a segment: whether sound batches follow, and what the bytes are that are none.</summary>
internal static class BatchSearch
{
    private const int PieceBytes = 256 * 1024;

    /// <summary>
    /// Where the next sound batch begins whose offsets are at least <paramref name="nextOffset"/>, from that position on; −1 when there is
    /// none. Every byte may be its first.
    /// </summary>
    public static long FindSound(IDiskFile file, long from, long end, long segmentBaseOffset, long nextOffset)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (var at = from; end - at >= RecordBatch.LegacyHeaderBytes;)
            {
                var read = file.Read(at, piece.AsSpan(0, (int)Math.Min(PieceBytes, end - at)));
                var last = read - RecordBatch.LegacyHeaderBytes;
                for (var i = 0; i <= last; i++)
                {
                    if (MayBegin(piece.AsSpan(i, read - i), end - at - i, segmentBaseOffset, nextOffset)
                        && IsSound(file, at + i, end, segmentBaseOffset, nextOffset))
                        return at + i;
                }
                if (last < 0)
                    break;
                // The last bytes are looked at again with those that follow, because a header needs all of its own.
                at += at + read < end ? Math.Max(1, read - RecordBatch.HeaderBytes) : read;
            }
            return -1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Why no whole batch begins at the position.</summary>
    public static string Describe(IDiskFile file, long position, long end)
    {
        var left = end - position;
        if (ZeroBytes.AreAll(file, position, end))
            return $"{left} zero bytes follow the last batch";
        Span<byte> bytes = stackalloc byte[RecordBatch.HeaderBytes];
        var header = new RecordBatch(bytes[..file.Read(position, bytes[..(int)Math.Min(bytes.Length, left)])]);
        if (left < RecordBatch.LegacyHeaderBytes)
            return $"{left} bytes follow the last batch, too few for a header";
        if (header.Magic is < 0 or > RecordBatch.CurrentMagic)
            return $"no batch begins here: its format would be {header.Magic}";
        if (!header.HasPossibleLength)
            return $"no batch begins here: its length would be {header.BatchLength}";
        return $"a batch of {header.SizeInBytes} bytes is cut after {left}";
    }

    /// <summary>A first look at the bytes alone, because nearly all places are none.</summary>
    private static bool MayBegin(ReadOnlySpan<byte> bytes, long leftBytes, long segmentBaseOffset, long nextOffset)
    {
        var header = new RecordBatch(bytes);
        return header.Magic is >= 0 and <= RecordBatch.CurrentMagic && header.BaseOffset >= nextOffset
            && header.BaseOffset - segmentBaseOffset <= int.MaxValue && header.HasPossibleLength && header.BatchLength < leftBytes
            && (header.IsLegacy || bytes.Length >= RecordBatch.HeaderBytes || leftBytes >= RecordBatch.HeaderBytes);
    }

    private static bool IsSound(IDiskFile file, long position, long end, long segmentBaseOffset, long nextOffset)
    {
        var scanner = new BatchScanner(file, position, end, stackalloc byte[RecordBatch.HeaderBytes]);
        return scanner.MoveNext() && BatchCheck.FaultOf(file, scanner, segmentBaseOffset, nextOffset) is null;
    }
}
