using System.Buffers;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>Looks for bytes that are not zero in what was preallocated, or never reached the disk.</summary>
internal static class ZeroBytes
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>Whether there are only zero bytes between the positions.</summary>
    public static bool AreAll(IDiskFile file, long position, long end)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (position < end && file.Read(position, piece.AsSpan(0, (int)Math.Min(PieceBytes, end - position))) is > 0 and var read)
            {
                if (piece.AsSpan(0, read).ContainsAnyExcept((byte)0))
                    return false;
                position += read;
            }
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
