using System.Buffers;
using System.Buffers.Binary;
using K4os.Compression.LZ4;
using K4os.Hash.xxHash;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>
/// LZ4 frames as Kafka's clients write and read them. Written: independent blocks of 64 KiB, no size and no checksum of the content. Read:
/// one frame of independent blocks without a dictionary; checksums of its header and of its blocks must be right, that of its content is
/// passed over. In messages of format 0 the checksum of the header is wrong, because Kafka 0.8 took it over the frame's magic number too:
/// it is written so, and passed over.
/// </summary>
internal static class Lz4Codec
{
    private const uint Magic = 0x184D2204;
    private const int BlockBytes = Lz4FastBlock.MaxBytes;
    private const uint IsStored = 1u << 31;

    /// <summary>To Kafka this level means the fast compressor, and every other one, lower or higher, a level of the thorough one.</summary>
    private const int KafkaDefaultLevel = 9;

    private static ReadOnlySpan<byte> Header => [0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82];

    private static ReadOnlySpan<byte> HeaderInFormat0 => [0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x1A];

    public static string? Decompress(ReadOnlySpan<byte> bytes, ref BoundedOutput output, bool isFormat0)
    {
        if (ReadDescriptor(ref bytes, isFormat0, out var frame) is { } reason)
            return reason;
        while (TryRead(ref bytes, sizeof(uint), out var size))
        {
            var blockHead = BinaryPrimitives.ReadUInt32LittleEndian(size);
            if (blockHead == 0)
                return frame.HasContentChecksum && bytes.Length < sizeof(uint) ? "the lz4 frame is cut" : null;
            if ((blockHead & ~IsStored) > frame.MaxBlockBytes)
                return "an lz4 block is larger than its frame says";
            if (!TryRead(ref bytes, (int)(blockHead & ~IsStored), out var block))
                break;
            if (frame.HasBlockChecksums)
            {
                if (!TryRead(ref bytes, sizeof(uint), out var checksum))
                    break;
                if (BinaryPrimitives.ReadUInt32LittleEndian(checksum) != XXH32.DigestOf(block))
                    return "an lz4 block's checksum is wrong";
            }
            reason = (blockHead & IsStored) != 0 ? output.Write(block) : DecompressBlock(block, frame.MaxBlockBytes, ref output);
            if (reason is not null)
                return reason;
        }
        return "the lz4 frame is cut";
    }

    private static void CompressBlock(ReadOnlySpan<byte> block, IBufferWriter<byte> output, int level)
    {
        var target = output.GetSpan(sizeof(uint) + Lz4FastBlock.MaxCompressedBytes(block.Length));
        var written = level is RecordCompression.DefaultLevel or KafkaDefaultLevel
            ? Lz4FastBlock.Compress(block, target[sizeof(uint)..])
            : LZ4Codec.Encode(
                block, target[sizeof(uint)..], (LZ4Level)Math.Clamp(level, (int)LZ4Level.L03_HC, (int)LZ4Level.L12_MAX));
        var isStored = written <= 0 || written >= block.Length;
        if (isStored)
        {
            block.CopyTo(target[sizeof(uint)..]);
            written = block.Length;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)written | (isStored ? IsStored : 0));
        output.Advance(sizeof(uint) + written);
    }

    private static string? DecompressBlock(scoped ReadOnlySpan<byte> block, int maxBlockBytes, ref BoundedOutput output)
    {
        // No byte of a block stands for more than 255.
        var unfoldedMaxBytes = (int)Math.Min(maxBlockBytes, 255L * block.Length);
        var target = output.NextPiece(unfoldedMaxBytes);
        var written = target.IsEmpty ? -1 : LZ4Codec.Decode(block, target);
        if (written < 0)
            return target.Length < unfoldedMaxBytes ? BoundedOutput.TooLarge : "an lz4 block is malformed";
        output.Advance(written);
        return null;
    }

    /// <summary>Null when the frame is one that Kafka reads, otherwise the reason.</summary>
    private static string? ReadDescriptor(ref ReadOnlySpan<byte> bytes, bool isFormat0, out Frame frame)
    {
        frame = default;
        if (!TryRead(ref bytes, sizeof(uint), out var magic) || BinaryPrimitives.ReadUInt32LittleEndian(magic) != Magic)
            return "not an lz4 frame";
        if (bytes.Length < 2)
            return "the lz4 frame is cut";
        frame = new Frame(Flags: bytes[0], BlockDescriptor: bytes[1]);
        if (!frame.IsSupported)
            return "an lz4 frame of another version, with a dictionary, or with blocks that depend on each other";
        if (!TryRead(ref bytes, frame.DescriptorBytes, out var descriptor) || !TryRead(ref bytes, 1, out var checksum))
            return "the lz4 frame is cut";
        return isFormat0 || checksum[0] == (byte)(XXH32.DigestOf(descriptor) >> 8)
            ? null
            : "the checksum of an lz4 frame's header is wrong";
    }

    private static bool TryRead(ref ReadOnlySpan<byte> bytes, int count, out ReadOnlySpan<byte> read)
    {
        read = default;
        if (bytes.Length < count)
            return false;
        read = bytes[..count];
        bytes = bytes[count..];
        return true;
    }

    private static void WriteUInt32(IBufferWriter<byte> output, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(sizeof(uint)), value);
        output.Advance(sizeof(uint));
    }

    internal sealed class Encoder : IPieceEncoder
    {
        private readonly IBufferWriter<byte> output;
        private readonly int level;

        public Encoder(IBufferWriter<byte> output, int level, bool isFormat0)
        {
            (this.output, this.level) = (output, level);
            output.Write(isFormat0 ? HeaderInFormat0 : Header);
        }

        public void Write(ReadOnlySpan<byte> piece)
        {
            for (; !piece.IsEmpty; piece = piece[Math.Min(BlockBytes, piece.Length)..])
                CompressBlock(piece[..Math.Min(BlockBytes, piece.Length)], output, level);
        }

        public void End() => WriteUInt32(output, 0);
    }

    /// <summary>The first two bytes of a frame's descriptor.</summary>
    private readonly record struct Frame(byte Flags, byte BlockDescriptor)
    {
        /// <summary>Version 1, independent blocks, no dictionary, nothing in reserved bits, blocks of 64 KiB to 4 MiB.</summary>
        public bool IsSupported => (Flags & 0b1110_0011) == 0b0110_0000 && (BlockDescriptor & 0b1000_1111) == 0 && BlockSizeId >= 4;

        public bool HasBlockChecksums => (Flags & 0b0001_0000) != 0;

        public bool HasContentChecksum => (Flags & 0b0000_0100) != 0;

        public int MaxBlockBytes => 1 << (8 + (2 * BlockSizeId));

        /// <summary>With the size of the content, where it is given.</summary>
        public int DescriptorBytes => (Flags & 0b0000_1000) != 0 ? 10 : 2;

        private int BlockSizeId => BlockDescriptor >> 4;
    }
}
