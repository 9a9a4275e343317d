using System.Buffers;
using System.Buffers.Binary;
using K4os.Hash.xxHash;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Compression;

/// <summary>Frames byte by byte, as Kafka's reader judges them.</summary>
public sealed class Lz4CodecTest
{
    private const byte Version1 = 0b0100_0000, Independent = 0b0010_0000, BlockChecksums = 0b0001_0000, ContentSize = 0b0000_1000,
        ContentChecksum = 0b0000_0100, Reserved = 0b0000_0010, Dictionary = 0b0000_0001;
    private const byte Blocks64KiB = 0x40;
    private const uint IsStored = 1u << 31;

    /// <summary>Five literals, as a block that is compressed has them: a token and the bytes.</summary>
    private static readonly byte[] CompressedHello = [0x50, .. "hello"u8];

    [Fact]
    public void What_is_written_is_a_frame_of_independent_blocks_of_64_KiB_and_nothing_else()
    {
        var frame = Compress([1, 2, 3], RecordCompression.DefaultLevel);
        Assert.Equal([0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, 3, 0, 0, 0x80, 1, 2, 3, 0, 0, 0, 0], frame);
    }

    [Theory]
    [InlineData(RecordCompression.DefaultLevel)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(17)]
    public void Bytes_of_every_kind_and_length_unfold_again_at_each_level(int level)
    {
        var random = new Random(3);
        int[] lengths = [.. Enumerable.Range(0, 70), 255, 256, 300, 1000, 4095, 65_535, 65_536, 65_537, 200_000];
        foreach (var length in lengths)
        {
            var noise = new byte[length];
            random.NextBytes(noise);
            // Runs, repeats from near and far, and noise between them.
            var mixed = (byte[])noise.Clone();
            for (var at = 0; at < length; at += 1 + random.Next(40))
            {
                var count = Math.Min(random.Next(600), length - at);
                var from = at == 0 ? 0 : random.Next(2) == 0 ? at - 1 : random.Next(at);
                for (var i = 0; i < count; i++)
                    mixed[at + i] = mixed[from + i];
                at += count;
            }
            foreach (var bytes in (byte[][])[noise, mixed, new byte[length]])
                Assert.Equal(bytes, Unfolded(Compress(bytes, level)));
        }
    }

    [Fact]
    public void Level_9_is_the_fast_compressor_and_all_others_are_thorough_as_in_Kafka()
    {
        var random = new Random(4);
        var words = Enumerable.Range(0, 500).Select(_ => $"word{random.Next(10_000)} ").ToArray();
        var text = Enumerable.Range(0, 8000).SelectMany(_ => words[random.Next(500)].Select(letter => (byte)letter)).ToArray();
        var fast = Compress(text, RecordCompression.DefaultLevel);
        Assert.Equal(fast, Compress(text, 9));
        foreach (var level in (int[])[1, 2, 8, 10, 17])
            Assert.True(Compress(text, level).Length < fast.Length, $"level {level}");
    }

    [Fact]
    public void Repeated_bytes_become_few()
    {
        Assert.InRange(Compress(new byte[65_536], RecordCompression.DefaultLevel).Length, 1, 300);
        Assert.InRange(Compress(new byte[65_536], level: 12).Length, 1, 300);
    }

    [Fact]
    public void What_Kafka_reads_is_read()
    {
        foreach (var flags in (byte[])[0, BlockChecksums, ContentSize, ContentChecksum, BlockChecksums | ContentSize | ContentChecksum])
        {
            foreach (var descriptor in (byte[])[0x40, 0x50, 0x60, 0x70])
            {
                var frame = Frame((byte)(Version1 | Independent | flags), descriptor, (CompressedHello, 0), ([.. " you"u8], IsStored));
                Assert.Equal("hello you"u8.ToArray(), Unfolded(frame));
            }
        }
    }

    [Fact]
    public void What_Kafka_refuses_is_refused()
    {
        const byte good = Version1 | Independent;
        byte[][] refused =
        [
            Frame(Version1, Blocks64KiB, (CompressedHello, 0)),
            Frame(Independent, Blocks64KiB, (CompressedHello, 0)),
            Frame(good | Reserved, Blocks64KiB, (CompressedHello, 0)),
            Frame(good | Dictionary, Blocks64KiB, (CompressedHello, 0)),
            Frame(good, 0x30, (CompressedHello, 0)),
            Frame(good, 0x41, (CompressedHello, 0)),
            Frame(good, 0xC0, (CompressedHello, 0)),
            // A block that is larger than its frame says, and one that refers to bytes in front of it.
            Frame(good, Blocks64KiB, (new byte[65_537], IsStored)),
            Frame(good, Blocks64KiB, (CompressedHello, 0), ([0x10, (byte)'x', 5, 0, 0x50, .. "world"u8], 0)),
        ];
        Assert.All(refused, frame => Assert.Null(Unfolded(frame)));
        var sound = Frame(good | BlockChecksums, Blocks64KiB, (CompressedHello, 0));
        Assert.NotNull(Unfolded(sound));
        // Magic, flags, descriptor, the header's checksum and the block's, one bit of each.
        foreach (var at in (int[])[0, 4, 5, 6, 11, sound.Length - 5])
        {
            var damaged = (byte[])sound.Clone();
            damaged[at] ^= 8;
            Assert.Null(Unfolded(damaged));
        }
    }

    [Fact]
    public void A_frame_that_is_cut_anywhere_is_refused()
    {
        var frame = Frame(
            Version1 | Independent | BlockChecksums | ContentSize | ContentChecksum, Blocks64KiB, (CompressedHello, 0), ([1, 2], IsStored));
        for (var length = 0; length < frame.Length; length++)
            Assert.Null(Unfolded(frame[..length]));
    }

    private static byte[] Frame(byte flags, byte descriptor, params (byte[] Bytes, uint Stored)[] blocks)
    {
        byte[] head = [flags, descriptor, .. (flags & ContentSize) != 0 ? new byte[8] : []];
        return
        [
            0x04, 0x22, 0x4D, 0x18, .. head, (byte)(XXH32.DigestOf(head) >> 8),
            .. blocks.SelectMany(block => (byte[])
            [
                .. LittleEndian((uint)block.Bytes.Length | block.Stored), .. block.Bytes,
                .. (flags & BlockChecksums) != 0 ? LittleEndian(XXH32.DigestOf(block.Bytes)) : [],
            ]),
            0, 0, 0, 0, .. (flags & ContentChecksum) != 0 ? new byte[4] : [],
        ];
    }

    private static byte[] LittleEndian(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Compress(byte[] bytes, int level)
    {
        var output = new ArrayBufferWriter<byte>();
        RecordCompression.Compress(CompressionType.Lz4, bytes, output, level);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Null when the frame is refused.</summary>
    private static byte[]? Unfolded(byte[] frame)
    {
        var output = new ArrayBufferWriter<byte>();
        return RecordCompression.TryDecompress(CompressionType.Lz4, frame, output, 1_000_000, out _) ? output.WrittenSpan.ToArray() : null;
    }
}
