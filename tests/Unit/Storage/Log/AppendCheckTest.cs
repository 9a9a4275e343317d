using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class AppendCheckTest
{
    private static KafkaError Append(byte[] records, LogConfig? config = null, bool v2Only = true)
    {
        var bench = new LogBench(config: config);
        var result = bench.Log.AppendAsLeader(records, LogBench.Epoch, AppendOrigin.Client, v2Only);
        Assert.Equal(result.Error == KafkaError.None, bench.Log.LogEndOffset > 0);
        return result.Error;
    }

    /// <summary>A batch of three records, changed, with a checksum that fits again.</summary>
    private static byte[] Changed(Action<byte[]> change, CompressionType codec = CompressionType.None, bool fixCrc = true)
    {
        var batch = LogBench.Batch(3, codec: codec);
        change(batch);
        if (fixCrc)
            new MutableRecordBatch(batch).UpdateCrc();
        return batch;
    }

    private static Action<byte[]> Int32(int at, int value) => batch => BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(at), value);

    [Fact]
    public void Framing_that_cannot_be_is_told_apart_as_Kafka_does()
    {
        Assert.Equal(KafkaError.InvalidRecord, Append([]));
        Assert.Equal(KafkaError.InvalidRecord, Append(new byte[11]));
        var length = LogBench.Batch(3).Length - RecordBatch.LengthOverheadBytes;
        Assert.Equal(KafkaError.InvalidRecord, Append(Changed(Int32(8, length + 10), fixCrc: false)));
        Assert.Equal(KafkaError.CorruptMessage, Append(Changed(Int32(8, 13), fixCrc: false)));
        Assert.Equal(KafkaError.CorruptMessage, Append(Changed(Int32(8, -5), fixCrc: false)));
        Assert.Equal(KafkaError.CorruptMessage, Append(Changed(Int32(8, int.MinValue), fixCrc: false)));
        Assert.Equal(KafkaError.CorruptMessage, Append(Changed(Int32(8, 40), fixCrc: false)[..52]));
        Assert.Equal(KafkaError.InvalidRecord, Append([.. LogBench.Batch(1), 1, 2, 3, 4, 5]));
        Assert.Equal(KafkaError.InvalidRecord, Append([.. LogBench.Batch(1), .. LogBench.Batch(1)]));
        Assert.Equal(KafkaError.None, Append([.. LogBench.Batch(1), .. LogBench.Batch(1)], v2Only: false));
    }

    [Fact]
    public void Magic_checksum_and_base_offset_are_checked()
    {
        foreach (var magic in (byte[])[3, 127, 255])
            Assert.Equal(KafkaError.CorruptMessage, Append(Changed(batch => batch[16] = magic)));
        Assert.Equal(KafkaError.InvalidRecord, Append(Changed(batch => batch[16] = 1)));
        Assert.Equal(KafkaError.CorruptMessage, Append(Changed(batch => batch[16] = 1), v2Only: false));
        Assert.Equal(KafkaError.CorruptMessage, Append(Changed(batch => batch[^1] ^= 1, fixCrc: false)));
        foreach (var baseOffset in (long[])[5, -1])
            Assert.Equal(KafkaError.InvalidRecord, Append(Changed(batch => BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset))));
        Assert.Equal(KafkaError.None, Append(Changed(Int32(12, 99))));
    }

    [Fact]
    public void Counts_control_bits_codecs_and_sequences_are_checked_for_compressed_batches_too()
    {
        foreach (var codec in (CompressionType[])[CompressionType.None, CompressionType.Gzip])
        {
            foreach (var count in (int[])[0, -1, 2, 4, int.MaxValue])
                Assert.Equal(KafkaError.InvalidRecord, Append(Changed(Int32(57, count), codec)));
            foreach (var delta in (int[])[-1, 1, int.MaxValue])
                Assert.Equal(KafkaError.InvalidRecord, Append(Changed(Int32(23, delta), codec)));
            Assert.Equal(KafkaError.InvalidRecord, Append(Changed(batch => batch[22] |= 0x20, codec)));
            Assert.Equal(
                KafkaError.InvalidRecord, Append(Changed(batch => BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), 5), codec)));
            Assert.Equal(KafkaError.None, Append(Changed(batch => batch[21] |= 0x40, codec)));
        }
        Assert.Equal(KafkaError.InvalidRecord, Append(Changed(batch => batch[22] = 7)));
    }

    [Fact]
    public void Offset_deltas_run_from_zero_without_gaps()
    {
        // The delta is the fourth byte of each record: length, attributes, timestamp delta, offset delta.
        foreach (var delta in (byte[])[10, 0, 5])
            Assert.Equal(
                KafkaError.InvalidRecord, Append(Changed(batch => batch[RecordBatch.HeaderBytes + SizeOfRecord(batch) + 3] = delta)));
    }

    [Fact]
    public void Fields_that_do_not_fit_into_their_record_are_refused()
    {
        const int first = RecordBatch.HeaderBytes;
        foreach (var length in (byte[])[100, 1, 0, 33])
            Assert.Equal(KafkaError.InvalidRecord, Append(Changed(batch => batch[first] = length)));
        foreach (var keyLength in (byte[])[127, 3])
            Assert.Equal(KafkaError.InvalidRecord, Append(Changed(batch => batch[first + 4] = keyLength)));
        Assert.Equal(KafkaError.InvalidRecord, Append(Changed(batch => batch.AsSpan(first, 12).Fill(0xff))));
        foreach (var headerCount in (byte[])[1, 2, 127])
            Assert.Equal(KafkaError.InvalidRecord, Append(Changed(batch => batch[first + SizeOfRecord(batch) - 1] = headerCount)));
    }

    [Fact]
    public void Every_bit_flip_in_the_records_gives_an_answer()
    {
        var batch = LogBench.Batch(3);
        for (var bit = 8 * 17; bit < 8 * batch.Length; bit++)
        {
            var flipped = (byte[])batch.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            new MutableRecordBatch(flipped).UpdateCrc();
            Assert.True(Append(flipped) is KafkaError.None or KafkaError.InvalidRecord or KafkaError.InvalidTimestamp);
        }
    }

    [Fact]
    public void Sizes_are_bounded_by_batch_and_by_segment()
    {
        Assert.Equal(KafkaError.MessageTooLarge, Append(LogBench.Batch(1, valueBytes: 200), new LogConfig { MessageMaxBytes = 200 }));
        Assert.Equal(KafkaError.RecordListTooLarge, Append(LogBench.Batch(1, valueBytes: 200), new LogConfig { SegmentBytes = 200 }));
    }

    [Fact]
    public void A_compacted_topic_names_each_record_without_a_key()
    {
        var builder = new RecordBatchBuilder();
        builder.Append(1, [1], [1]);
        builder.Append(1, null, [1]);
        var result = new LogBench(config: new LogConfig { CleanupPolicy = CleanupPolicy.Compact }).Append(builder.Build());
        Assert.Equal(KafkaError.InvalidRecord, result.Error);
        Assert.Equal(
            [new RecordError(1, "Compacted topic cannot accept message without key in topic partition orders-0")], result.RecordErrors);
        Assert.Equal(0, result.LogStartOffset);
    }

    [Fact]
    public void Timestamps_outside_the_topics_bounds_are_refused()
    {
        var bench = new LogBench(config: new LogConfig { TimestampBeforeMaxMs = 1000, TimestampAfterMaxMs = 1000 });
        foreach (var codec in (CompressionType[])[CompressionType.None, CompressionType.Zstd])
        {
            Assert.Equal(KafkaError.InvalidTimestamp, bench.Append(LogBench.Batch(1, timestamp: bench.NowMs + 1001, codec: codec)).Error);
            Assert.Equal(KafkaError.InvalidTimestamp, bench.Append(LogBench.Batch(1, timestamp: bench.NowMs - 1001, codec: codec)).Error);
            Assert.Equal(KafkaError.None, bench.Append(LogBench.Batch(1, timestamp: bench.NowMs + 1000, codec: codec)).Error);
            Assert.Equal(KafkaError.None, bench.Append(LogBench.Batch(1, timestamp: -1, codec: codec)).Error);
        }
        var refused = bench.Append(LogBench.Batch(1, timestamp: 5));
        Assert.Equal("One or more records have been rejected due to invalid timestamp", refused.Message);
        Assert.Single(refused.RecordErrors);
    }

    [Fact]
    public void A_log_append_time_bit_is_cleared_or_refused_by_the_topics_type()
    {
        static byte[] Marked() => new RecordBatchBuilder { TimestampType = TimestampType.LogAppendTime }.With(7).Build();
        Assert.Equal(KafkaError.None, Append(Marked()));
        Assert.Equal(KafkaError.InvalidTimestamp, Append(Marked(), new LogConfig { TimestampType = TimestampType.LogAppendTime }));
    }

    [Fact]
    public void A_max_timestamp_that_lies_is_put_right()
    {
        var batch = Changed(bytes => BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(35), 1L << 60));
        Assert.Equal(KafkaError.None, Append(batch));
        Assert.Equal(1002, new RecordBatch(batch).MaxTimestamp);
        Assert.True(new RecordBatch(batch).HasValidCrc);
    }

    [Fact]
    public void Bytes_that_do_not_unfold_are_refused_where_the_codec_changes()
        => Assert.Equal(
            KafkaError.InvalidRecord, Append(Changed(batch => batch[22] |= 1), new LogConfig { CompressionType = CompressionType.Zstd }));

    private static int SizeOfRecord(byte[] batch)
    {
        var records = new RecordBatch(batch).Records();
        records.MoveNext();
        return records.Current.SizeInBytes;
    }
}

internal static class RecordBatchBuilderExtensions
{
    public static RecordBatchBuilder With(this RecordBatchBuilder builder, long timestamp)
    {
        builder.Append(timestamp, [1], [1]);
        return builder;
    }
}
