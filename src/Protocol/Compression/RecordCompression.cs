using System.Buffers;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>
/// Compresses and decompresses the records part of batches. Decompression is bounded by the caller, because a small request can unfold to
/// gigabytes. Each codec is one small file beside this one. Messages of format 0 have their lz4 frames otherwise (<c>isFormat0</c>).
/// </summary>
public static class RecordCompression
{
    /// <summary>Stands for the codec's own default level.</summary>
    public const int DefaultLevel = -1;

    public static void Compress(
        CompressionType compressionType, ReadOnlySpan<byte> bytes, IBufferWriter<byte> output, int level = DefaultLevel,
        bool isFormat0 = false)
    {
        // Told how much there is, zstd chooses a smaller window and says the size in its frame.
        if (compressionType == CompressionType.Zstd)
        {
            ZstdCodec.Compress(bytes, output, level);
            return;
        }
        using var encoder = EncoderOf(compressionType, output, level, isFormat0);
        encoder.Write(bytes);
        encoder.End();
    }

    /// <summary>For bytes that come in pieces; the last piece alone may be no multiple of the codecs' blocks.</summary>
    internal static IPieceEncoder EncoderOf(CompressionType compressionType, IBufferWriter<byte> output, int level, bool isFormat0 = false)
        => compressionType switch
        {
            CompressionType.None => new StoringEncoder(output),
            CompressionType.Gzip => new GzipCodec.Encoder(output, level),
            CompressionType.Snappy => new SnappyCodec.Encoder(output),
            CompressionType.Lz4 => new Lz4Codec.Encoder(output, level, isFormat0),
            CompressionType.Zstd => new ZstdCodec.Encoder(output, level),
            _ => throw new ArgumentOutOfRangeException(nameof(compressionType)),
        };

    /// <summary>
    /// Decompresses into <paramref name="output"/>; false, with the reason, when the bytes are not of that codec, are cut, or unfold to
    /// more than
    /// <paramref name="outputMaxBytes"/>. What was written until then stays in the output.
    /// </summary>
    public static bool TryDecompress(
        CompressionType compressionType, ReadOnlySpan<byte> bytes, IBufferWriter<byte> output, int outputMaxBytes, out string? reason,
        bool isFormat0 = false)
    {
        var bounded = new BoundedOutput(output, outputMaxBytes);
        reason = compressionType switch
        {
            CompressionType.None => bounded.Write(bytes),
            CompressionType.Gzip => GzipCodec.Decompress(bytes, ref bounded),
            CompressionType.Snappy => SnappyCodec.Decompress(bytes, ref bounded),
            CompressionType.Lz4 => Lz4Codec.Decompress(bytes, ref bounded, isFormat0),
            CompressionType.Zstd => ZstdCodec.Decompress(bytes, ref bounded),
            _ => "unknown codec",
        };
        return reason is null;
    }

    private sealed class StoringEncoder(IBufferWriter<byte> output) : IPieceEncoder
    {
        public void Write(ReadOnlySpan<byte> piece) => output.Write(piece);
    }
}
