using System.Buffers;
using System.Numerics;
using System.Text;
using KafkaCompatBroker.Kernel.Checksums;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Tests.Unit.Protocol.RecordBatches;

public sealed class RecordBatchTest
{
    [Fact]
    public void A_built_batch_reads_back_with_keys_values_headers_and_times()
    {
        foreach (var codec in Enum.GetValues<CompressionType>())
        {
            var builder = new RecordBatchBuilder
            {
                BaseOffset = 100,
                CompressionType = codec,
                Producer = new ProducerIdAndEpoch(9, 2),
                BaseSequence = 5,
            };
            builder.Append(50, "k"u8.ToArray(), "v"u8.ToArray(), [new("h1", "x"u8.ToArray()), new("h2", null)]);
            builder.Append(40, null, null);
            var batch = new RecordBatch(builder.Build());
            Assert.True(batch.HasValidCrc);
            Assert.Equal(
                (100, 101, 50, 2, codec),
                (batch.BaseOffset, batch.LastOffset, batch.MaxTimestamp, batch.RecordCount, batch.CompressionType));
            Assert.Equal((5, 6, new ProducerIdAndEpoch(9, 2)), (batch.BaseSequence, batch.LastSequence, batch.Producer));
            var unfolded = new ArrayBufferWriter<byte>();
            Assert.True(RecordCompression.TryDecompress(codec, batch.RecordsBytes, unfolded, 10_000, out _));
            var seen = new List<string>();
            foreach (var record in batch.Records(unfolded.WrittenSpan))
            {
                var text = $"{record.Offset}@{record.Timestamp} {(record.HasKey ? Encoding.UTF8.GetString(record.Key) : "null")}"
                    + $"={(record.HasValue ? Encoding.UTF8.GetString(record.Value) : "null")}";
                foreach (var header in record.Headers)
                    text += $" {Encoding.UTF8.GetString(header.Key)}:{(header.HasValue ? Encoding.UTF8.GetString(header.Value) : "null")}";
                seen.Add(text);
            }
            Assert.Equal(["100@50 k=v h1:x h2:null", "101@40 null=null"], seen);
        }
    }

    [Fact]
    public void Varints_round_trip_and_overlong_ones_are_refused()
    {
        var buffer = new byte[10];
        foreach (var value in (long[])[0, 1, -1, 63, 64, -64, -65, 8191, 8192, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue])
        {
            var written = Varint.Write(buffer, value);
            Assert.Equal(Varint.SizeOf(value), written);
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, written);
            Assert.True(Varint.TryReadInt64(ref rest, out var read));
            Assert.Equal((value, 0), (read, rest.Length));
            rest = buffer.AsSpan(0, written);
            Assert.Equal(value is >= int.MinValue and <= int.MaxValue, Varint.TryReadInt32(ref rest, out _));
        }
        ReadOnlySpan<byte> overlong = [0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
        Assert.False(Varint.TryReadInt32(ref overlong, out _));
    }

    [Fact]
    public void Three_strips_give_the_same_checksum_as_one_byte_at_a_time()
    {
        var bytes = new byte[20_000];
        new Random(3).NextBytes(bytes);
        foreach (var length in (int[])[0, 1, 7, 8, 3071, 3072, 3073, 6144, 19_999])
        {
            var crc = ~0u;
            foreach (var single in bytes.AsSpan(0, length))
                crc = BitOperations.Crc32C(crc, single);
            Assert.Equal(~crc, Crc32C.Compute(bytes.AsSpan(0, length)));
            Assert.Equal(~crc, Crc32C.Append(Crc32C.Compute(bytes.AsSpan(0, length / 3)), bytes.AsSpan(length / 3, length - length / 3)));
        }
    }
}
