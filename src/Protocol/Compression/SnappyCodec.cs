using System.Buffers;
using System.Buffers.Binary;
using Snappier;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>
/// Snappy blocks in the xerial stream framing that Kafka's Java client writes: 8 magic bytes, version, oldest compatible version, then per
/// block its compressed length and the block. Some clients write one raw block instead; reading takes both.
/// </summary>
internal static class SnappyCodec
{
    private const int HeaderBytes = 16;
    private const int BlockBytes = 32 * 1024;

    private static ReadOnlySpan<byte> Header
        => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];

    public static string? Decompress(ReadOnlySpan<byte> bytes, ref BoundedOutput output)
    {
        if (!bytes.StartsWith(Header[..8]))
            return DecompressBlock(bytes, ref output);
        while (!bytes.IsEmpty)
        {
            // The header stands where a stream begins, and streams may follow each other.
            if (bytes.StartsWith(Header[..8]))
            {
                if (bytes.Length < HeaderBytes)
                    return "the snappy stream's header is cut";
                bytes = bytes[HeaderBytes..];
                continue;
            }
            if (bytes.Length < sizeof(int))
                return "a snappy block's length is cut";
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes);
            bytes = bytes[sizeof(int)..];
            if (length < 0 || length > bytes.Length)
                return "a snappy block is cut";
            if (DecompressBlock(bytes[..length], ref output) is { } reason)
                return reason;
            bytes = bytes[length..];
        }
        return null;
    }

    private static string? DecompressBlock(ReadOnlySpan<byte> block, ref BoundedOutput output)
    {
        // The decoder believes the length in front of the block, so that is held against the bound, and against what a block can unfold to,
        // first.
        if (!TryReadLength(block, out var length) || length > (long)block.Length * 64)
            return "a snappy block's length cannot be";
        if (!output.TryReserve(length, out var target))
            return BoundedOutput.TooLarge;
        try
        {
            if (!Snappy.TryDecompress(block, target, out var written) || written != length)
                return "a snappy block is malformed";
            output.Advance(length);
            return null;
        }
        catch (InvalidDataException)
        {
            return "a snappy block is malformed";
        }
    }

    private static bool TryReadLength(ReadOnlySpan<byte> block, out int length)
    {
        ulong raw = 0;
        length = 0;
        for (var i = 0; i < 5 && i < block.Length; i++)
        {
            raw |= (ulong)(block[i] & 0x7f) << (7 * i);
            if (block[i] >= 0x80)
                continue;
            length = (int)Math.Min(raw, int.MaxValue);
            return raw <= int.MaxValue;
        }
        return false;
    }

    internal sealed class Encoder : IPieceEncoder
    {
        private readonly IBufferWriter<byte> output;

        public Encoder(IBufferWriter<byte> output)
        {
            this.output = output;
            output.Write(Header);
        }

        public void Write(ReadOnlySpan<byte> piece)
        {
            for (; !piece.IsEmpty; piece = piece[Math.Min(BlockBytes, piece.Length)..])
            {
                var target = output.GetSpan(sizeof(int) + Snappy.GetMaxCompressedLength(BlockBytes));
                var written = Snappy.Compress(piece[..Math.Min(BlockBytes, piece.Length)], target[sizeof(int)..]);
                BinaryPrimitives.WriteInt32BigEndian(target, written);
                output.Advance(sizeof(int) + written);
            }
        }
    }
}
