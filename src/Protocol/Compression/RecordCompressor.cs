using System.Buffers;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>A codec that compresses into an output what comes in pieces.</summary>
internal interface IPieceEncoder : IDisposable
{
    void Write(ReadOnlySpan<byte> piece);

    /// <summary>There are no more pieces; what makes the output whole is written, where a codec has such a thing.</summary>
    void End()
    {
    }

    /// <summary>Gives back what a codec has taken.</summary>
    void IDisposable.Dispose()
    {
    }
}

/// <summary>
/// Compresses the records part of a batch while it comes, byte run by byte run: no more than <see cref="PieceBytes"/> of it is held, and
/// what fits into that is compressed at once, like by <see cref="RecordCompression.Compress"/>. <see cref="Write"/> any number of times,
/// then <see cref="End"/>; the output may not be used in between. Dispose gives back what it took.
/// </summary>
public sealed class RecordCompressor(CompressionType compressionType, int level, IBufferWriter<byte> output, bool isFormat0 = false)
    : IDisposable
{
    /// <summary>So much is collected for one call of a codec. A multiple of the codecs' blocks.</summary>
    internal const int PieceBytes = 1024 * 1024;
    private const int FirstBytes = 64 * 1024;

    private byte[] piece = [];
    private int collected;
    private IPieceEncoder? encoder;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (collected == PieceBytes)
                WritePiece();
            var taken = bytes[..Math.Min(bytes.Length, PieceBytes - collected)];
            GrowTo(collected + taken.Length);
            taken.CopyTo(piece.AsSpan(collected));
            collected += taken.Length;
            bytes = bytes[taken.Length..];
        }
    }

    public void End()
    {
        if (encoder is null)
        {
            RecordCompression.Compress(compressionType, piece.AsSpan(0, collected), output, level, isFormat0);
            return;
        }
        WritePiece();
        encoder.End();
    }

    public void Dispose()
    {
        if (piece.Length > 0)
            ArrayPool<byte>.Shared.Return(piece);
        piece = [];
        encoder?.Dispose();
        encoder = null;
    }

    private void WritePiece()
    {
        encoder ??= RecordCompression.EncoderOf(compressionType, output, level, isFormat0);
        encoder.Write(piece.AsSpan(0, collected));
        collected = 0;
    }

    private void GrowTo(int bytes)
    {
        if (bytes <= piece.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(PieceBytes, Math.Max(Math.Max(bytes, FirstBytes), piece.Length * 2)));
        piece.AsSpan(0, collected).CopyTo(larger);
        if (piece.Length > 0)
            ArrayPool<byte>.Shared.Return(piece);
        piece = larger;
    }
}
