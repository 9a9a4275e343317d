using System.Buffers;
using KafkaCompatBroker.Kernel.Checksums;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>Why a batch in a segment cannot be kept.</summary>
internal enum BatchFault
{
    /// <summary>Its offsets lie below those of the batch before it, outside of the segment, or go down.</summary>
    Offsets,
    /// <summary>Its checksum is not that of its bytes.</summary>
    Checksum,
}

/// <summary>
/// The one rule by which a whole batch of a segment file is sound, for recovery and for whoever only looks. Reads the file in pieces.
/// </summary>
internal static class BatchCheck
{
    private const int PieceBytes = 256 * 1024;

    private delegate uint ChecksumAppend(uint crc, ReadOnlySpan<byte> bytes);

    /// <summary>Null when the scanner's current batch is sound behind a batch that ends before <paramref name="nextOffset"/>.</summary>
    public static BatchFault? FaultOf(IDiskFile file, BatchScanner batch, long segmentBaseOffset, long nextOffset)
    {
        var header = batch.Header;
        if (header.LastOffset < nextOffset || header.LastOffsetDelta < 0
            || header.LastOffset - segmentBaseOffset is < 0 or > int.MaxValue)
            return BatchFault.Offsets;
        // The checksum does not cover the base offset, the first bytes of a batch: a page that a power loss took may have held just those.
        if (header.BaseOffset < nextOffset)
            return BatchFault.Offsets;
        // A torn header whose magic byte is not there yet looks like the oldest format: only the checksum tells them apart.
        return header.Crc == ComputeCrc(file, batch) ? null : BatchFault.Checksum;
    }

    /// <summary>Over pieces of the file, so that a length that is a lie costs no memory.</summary>
    public static uint ComputeCrc(IDiskFile file, BatchScanner batch)
    {
        ChecksumAppend append = batch.Header.IsLegacy ? Crc32.Append : Crc32C.Append;
        var (position, sizeInBytes) = (batch.Position, batch.SizeInBytes);
        var piece = ArrayPool<byte>.Shared.Rent(Math.Min(sizeInBytes, PieceBytes));
        try
        {
            uint crc = 0;
            for (var done = batch.Header.CrcCoversFrom; done < sizeInBytes;)
            {
                var wanted = Math.Min(piece.Length, sizeInBytes - done);
                var read = file.Read(position + done, piece.AsSpan(0, wanted));
                if (read == 0)
                    break;
                crc = append(crc, piece.AsSpan(0, read));
                done += read;
            }
            return crc;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
