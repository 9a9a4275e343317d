using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Compression;

public sealed class CompressionTest
{
    public static TheoryData<CompressionType> Codecs => new(Enum.GetValues<CompressionType>());

    [Theory, MemberData(nameof(Codecs))]
    public void What_is_compressed_unfolds_again(CompressionType codec)
    {
        foreach (var length in (int[])[1, 1000, 300_000])
        {
            var bytes = Sample(length);
            var compressed = Compress(codec, bytes);
            var output = new ArrayBufferWriter<byte>();
            Assert.True(RecordCompression.TryDecompress(codec, compressed, output, length, out var reason), reason);
            Assert.Equal(bytes, output.WrittenSpan);
        }
    }

    [Theory, MemberData(nameof(Codecs))]
    public void What_is_compressed_piece_by_piece_is_one_stream(CompressionType codec)
    {
        var random = new Random(11);
        foreach (var length in (int[])[1, 100_000, 1 << 20, (1 << 20) + 1, 3_500_000])
        {
            var bytes = Sample(length);
            var compressed = new ArrayBufferWriter<byte>();
            using (var compressor = new RecordCompressor(codec, RecordCompression.DefaultLevel, compressed))
            {
                for (var at = 0; at < length;)
                {
                    var count = Math.Min(random.Next(1, 200_000), length - at);
                    compressor.Write(bytes.AsSpan(at, count));
                    at += count;
                }
                compressor.End();
            }
            var output = new ArrayBufferWriter<byte>();
            Assert.True(RecordCompression.TryDecompress(codec, compressed.WrittenSpan, output, length, out var reason), reason);
            Assert.Equal(bytes, output.WrittenSpan);
            if (length <= 1 << 20)
                Assert.Equal(Compress(codec, bytes), compressed.WrittenSpan);
        }
    }

    [Fact]
    public void A_zstd_stream_of_a_high_level_takes_bounded_memory_and_leaves_nothing_of_its_level_behind()
    {
        var bytes = Sample(1_200_000);
        var before = Compress(CompressionType.Zstd, bytes);
        foreach (var level in (int[])[19, 3, -5])
        {
            var compressed = new ArrayBufferWriter<byte>();
            using var compressor = new RecordCompressor(CompressionType.Zstd, level, compressed);
            compressor.Write(bytes);
            compressor.End();
            Assert.True(TryDecompress(CompressionType.Zstd, compressed.WrittenSpan.ToArray(), bytes.Length, out var unfolded));
            Assert.Equal(bytes, unfolded);
        }
        Assert.Equal(before, Compress(CompressionType.Zstd, bytes));
    }

    [Theory, MemberData(nameof(Codecs))]
    public void Unfolding_stops_at_the_bound(CompressionType codec)
    {
        var compressed = Compress(codec, new byte[1_000_000]);
        var output = new ArrayBufferWriter<byte>();
        Assert.False(RecordCompression.TryDecompress(codec, compressed, output, 999_999, out _));
        Assert.True(output.WrittenCount <= 999_999);
    }

    [Theory, MemberData(nameof(Codecs))]
    public void Any_bytes_give_an_answer(CompressionType codec)
    {
        var random = new Random(5);
        var compressed = Compress(codec, Sample(5000));
        for (var i = 0; i < 3000; i++)
        {
            var damaged = compressed[..random.Next(1, compressed.Length + 1)];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            if (i % 3 == 0)
                random.NextBytes(damaged);
            RecordCompression.TryDecompress(codec, damaged, new ArrayBufferWriter<byte>(), 100_000, out _);
        }
    }

    [Fact]
    public void Cut_streams_are_refused()
    {
        foreach (var codec in (CompressionType[])[CompressionType.Gzip, CompressionType.Lz4, CompressionType.Zstd, CompressionType.Snappy])
        {
            var compressed = Compress(codec, Sample(5000));
            Assert.False(RecordCompression.TryDecompress(codec, [], new ArrayBufferWriter<byte>(), 100_000, out _));
            Assert.False(RecordCompression.TryDecompress(
                codec, compressed.AsSpan(0, compressed.Length - 3), new ArrayBufferWriter<byte>(), 100_000, out _));
        }
    }

    [Fact]
    public void A_gzip_stream_that_is_cut_anywhere_is_refused()
    {
        var compressed = Compress(CompressionType.Gzip, Sample(500));
        byte[][] streams = [compressed, [.. compressed, .. compressed]];
        foreach (var stream in streams)
        {
            for (var length = 0; length < stream.Length; length++)
            {
                // Two members cut between them are one.
                if (length != compressed.Length)
                    Assert.False(TryDecompress(CompressionType.Gzip, stream[..length], out _), $"{length} of {stream.Length}");
            }
        }
    }

    [Fact]
    public void Several_streams_are_one_but_of_lz4_where_Kafka_reads_the_first()
    {
        var bytes = Sample(500);
        foreach (var (codec, count) in ((CompressionType, int)[])
            [(CompressionType.Gzip, 2), (CompressionType.Snappy, 2), (CompressionType.Zstd, 2), (CompressionType.Lz4, 1)])
        {
            var compressed = Compress(codec, bytes);
            Assert.True(TryDecompress(codec, [.. compressed, .. compressed], out var unfolded), $"{codec}");
            Assert.Equal(count * bytes.Length, unfolded.Length);
        }
    }

    /// <summary>Contexts are used again, by several threads, after errors as well, and after levels that make them large.</summary>
    [Fact]
    public void Zstd_gives_each_use_a_context_as_new()
    {
        var samples = Enumerable.Range(1, 8).Select(i => Sample(i * 20_000)).ToArray();
        Parallel.For(0, 200, i =>
        {
            var bytes = samples[i % samples.Length];
            var output = new ArrayBufferWriter<byte>();
            RecordCompression.Compress(CompressionType.Zstd, bytes, output, level: i % 50 == 0 ? 22 : (i % 8) - 3);
            var compressed = output.WrittenSpan.ToArray();
            Assert.False(TryDecompress(CompressionType.Zstd, compressed[..^5], out _));
            var unfolded = new ArrayBufferWriter<byte>();
            Assert.True(RecordCompression.TryDecompress(CompressionType.Zstd, compressed, unfolded, bytes.Length, out var reason), reason);
            Assert.Equal(bytes, unfolded.WrittenSpan);
        });
    }

    private static bool TryDecompress(CompressionType codec, byte[] bytes, out byte[] unfolded)
        => TryDecompress(codec, bytes, 100_000, out unfolded);

    private static bool TryDecompress(CompressionType codec, byte[] bytes, int maxBytes, out byte[] unfolded)
    {
        var output = new ArrayBufferWriter<byte>();
        var isSound = RecordCompression.TryDecompress(codec, bytes, output, maxBytes, out _);
        unfolded = output.WrittenSpan.ToArray();
        return isSound;
    }

    private static byte[] Sample(int length)
    {
        var bytes = new byte[length];
        var random = new Random(length);
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)(random.Next(10) == 0 ? random.Next(256) : i / 7);
        return bytes;
    }

    private static byte[] Compress(CompressionType codec, byte[] bytes)
    {
        var output = new ArrayBufferWriter<byte>();
        RecordCompression.Compress(codec, bytes, output);
        return output.WrittenSpan.ToArray();
    }
}
