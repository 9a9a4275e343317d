using System.Buffers;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>An output that can see enough before all is decompressed.</summary>
public interface IDecompressedOutput : IBufferWriter<byte>
{
    /// <summary>What comes from here on is thrown away, so decompressing may end, with an error.</summary>
    bool WantsNoMore { get; }
}

/// <summary>Hands out pieces of an output up to a number of bytes; a codec that needs more has failed.</summary>
internal ref struct BoundedOutput(IBufferWriter<byte> output, int maxBytes)
{
    private const int PieceBytes = 64 * 1024;
    internal const string TooLarge = "decompresses to more than is allowed";

    private readonly IDecompressedOutput? judge = output as IDecompressedOutput;
    private int leftBytes = maxBytes;

    /// <summary>Room for the next piece; empty when the bound is reached, or the output wants no more.</summary>
    /// <param name="maxBytes">What the piece can hold at most; it is smaller where the bound leaves less.</param>
    public readonly Span<byte> NextPiece(int maxBytes = PieceBytes)
    {
        if (leftBytes == 0 || judge is { WantsNoMore: true })
            return default;
        var wanted = Math.Min(maxBytes, leftBytes);
        return output.GetSpan(wanted)[..wanted];
    }

    public void Advance(int bytes)
    {
        output.Advance(bytes);
        leftBytes -= bytes;
    }

    /// <summary>Room for a block of known size; false when it goes beyond the bound.</summary>
    public readonly bool TryReserve(int bytes, out Span<byte> block)
    {
        block = default;
        if (bytes < 0 || bytes > leftBytes || judge is { WantsNoMore: true })
            return false;
        block = bytes == 0 ? default : output.GetSpan(bytes)[..bytes];
        return true;
    }

    /// <summary>Null when the bytes fit, otherwise the reason.</summary>
    public string? Write(scoped ReadOnlySpan<byte> bytes)
    {
        if (!TryReserve(bytes.Length, out var block))
            return TooLarge;
        bytes.CopyTo(block);
        Advance(bytes.Length);
        return null;
    }
}
