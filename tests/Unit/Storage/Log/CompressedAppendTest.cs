using System.Buffers;
using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Reading;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

/// <summary>What is inside a compressed batch counts, whatever its header says of it.</summary>
public sealed class CompressedAppendTest
{
    private const int MaxTimestampAt = 35;
    private static readonly ProducerIdAndEpoch producer = new(7, 0);
    private static readonly Lazy<byte[]> Zeros = new(() =>
    {
        var gzip = new ArrayBufferWriter<byte>();
        RecordCompression.Compress(CompressionType.Gzip, new byte[Limits.DecompressedBatchBytes], gzip);
        return gzip.WrittenSpan.ToArray();
    });
    private static readonly Lazy<byte[]> LargeRecord = new(() => RecordOf(250 << 20));

    public static TheoryData<CompressionType> Codecs
        => new(CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd);

    /// <summary>Two records, 5 ms apart, whose header says something else of their time.</summary>
    private static byte[] Batch(CompressionType codec, long maxTimestamp, long timestamp, int baseSequence = -1)
    {
        var builder = new RecordBatchBuilder
        {
            CompressionType = codec,
            Producer = baseSequence < 0 ? ProducerIdAndEpoch.None : producer,
            BaseSequence = baseSequence,
        };
        builder.Append(timestamp, [1], [1]);
        builder.Append(timestamp + 5, [1], [1]);
        var batch = builder.Build();
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(MaxTimestampAt), maxTimestamp);
        new MutableRecordBatch(batch).UpdateCrc();
        return batch;
    }

    [Theory, MemberData(nameof(Codecs))]
    public void Look_ups_by_time_find_records_whose_time_the_header_does_not_say(CompressionType codec)
    {
        var bench = new LogBench();
        Assert.Equal(KafkaError.None, bench.Append(Batch(codec, maxTimestamp: -1, timestamp: 1000)).Error);
        Assert.Equal(new TimestampAndOffset(1000, 0, LogBench.Epoch), bench.Log.OffsetForTimestamp(1000));
        Assert.Equal(new TimestampAndOffset(1005, 1, LogBench.Epoch), bench.Log.OffsetForTimestamp(1001));
        Assert.Equal(new TimestampAndOffset(1005, 1, LogBench.Epoch), bench.Log.MaxTimestampOffset());
    }

    [Theory, MemberData(nameof(Codecs))]
    public void Retention_goes_by_the_records_time(CompressionType codec)
    {
        foreach (var (age, header, deleted) in ((long, long, int)[])[(0, 0, 0), (7_200_000, -1, 1)])
        {
            var bench = new LogBench(config: new LogConfig { RetentionMs = 3_600_000 });
            Assert.Equal(KafkaError.None, bench.Append(Batch(codec, header, bench.NowMs - age)).Error);
            bench.Log.Roll();
            Assert.Equal(deleted, bench.Log.DeleteOldSegments(bench.Log.LogEndOffset));
        }
    }

    [Fact]
    public void A_repeated_sequence_is_a_duplicate_after_a_restart_too()
    {
        var bench = new LogBench();
        for (var sequence = 0; sequence < 4; sequence += 2)
            Assert.Equal(
                KafkaError.None, bench.Append(Batch(CompressionType.Gzip, maxTimestamp: -1, bench.NowMs, sequence)).Error);
        bench.Reopen(isCleanShutdown: false);
        var again = bench.Append(Batch(CompressionType.Gzip, maxTimestamp: -1, bench.NowMs, baseSequence: 2));
        Assert.Equal((KafkaError.None, true, 2L), (again.Error, again.IsDuplicate, again.FirstOffset));
    }

    [Theory, MemberData(nameof(Codecs))]
    public void A_segment_rolls_by_the_records_time(CompressionType codec)
    {
        var bench = new LogBench(config: new LogConfig { SegmentMs = 1000 });
        bench.Append(Batch(codec, maxTimestamp: -1, timestamp: 10_000));
        bench.Append(Batch(codec, maxTimestamp: -1, timestamp: 12_000));
        Assert.Equal(2, bench.Log.Segments.Count);
    }

    [Theory, MemberData(nameof(Codecs))]
    public void Other_counts_offsets_and_contents_than_the_header_says_are_refused(CompressionType codec)
    {
        KafkaError Append(Action<byte[]> edit, params byte[] more)
        {
            var plain = LogBench.Batch(3);
            edit(plain);
            return new LogBench().Append(Compressed(plain, [.. plain[RecordBatch.HeaderBytes..], .. more], codec)).Error;
        }

        void SetCount(byte[] batch, int count)
        {
            BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), count);
            BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), count - 1);
        }

        Assert.Equal(KafkaError.None, Append(_ => { }));
        Assert.Equal(KafkaError.InvalidRecord, Append(_ => { }, 1, 2, 3));
        Assert.Equal(KafkaError.InvalidRecord, Append(batch => SetCount(batch, 2)));
        Assert.Equal(KafkaError.InvalidRecord, Append(batch => SetCount(batch, 4)));
        // The delta is the fourth byte of the first record.
        Assert.Equal(KafkaError.InvalidRecord, Append(batch => batch[RecordBatch.HeaderBytes + 3] = 2));
        Assert.Equal(KafkaError.InvalidRecord, Append(batch => batch[RecordBatch.HeaderBytes + 4] = 3));
    }

    [Theory, MemberData(nameof(Codecs))]
    public void Each_record_that_its_topic_cannot_take_is_named(CompressionType codec)
    {
        var builder = new RecordBatchBuilder { CompressionType = codec };
        builder.Append(1, [1], [1]);
        builder.Append(1, null, [1]);
        var keyless = new LogBench(config: new LogConfig { CleanupPolicy = CleanupPolicy.Compact }).Append(builder.Build());
        Assert.Equal(KafkaError.InvalidRecord, keyless.Error);
        Assert.Equal(
            [new RecordError(1, "Compacted topic cannot accept message without key in topic partition orders-0")], keyless.RecordErrors);
        var bench = new LogBench(config: new LogConfig { TimestampBeforeMaxMs = 1000 });
        var old = bench.Append(Batch(codec, maxTimestamp: -1, bench.NowMs - 1003));
        Assert.Equal((KafkaError.InvalidTimestamp, 0), (old.Error, Assert.Single(old.RecordErrors).BatchIndex));
    }

    [Fact]
    public void Of_many_refused_records_the_first_are_named_and_all_are_counted()
    {
        var builder = new RecordBatchBuilder { CompressionType = CompressionType.Zstd };
        for (var i = 0; i < Limits.RecordErrors + 5; i++)
            builder.Append(1, null, [1]);
        var refused = new LogBench(config: new LogConfig { CleanupPolicy = CleanupPolicy.Compact }).Append(builder.Build());
        Assert.Equal(Limits.RecordErrors, refused.RecordErrors.Count);
        Assert.StartsWith(
            $"One or more records have been rejected due to {Limits.RecordErrors + 5} record errors", refused.Message,
            StringComparison.Ordinal);
    }

    public static TheoryData<CompressionType?> TopicCodecs
        => new(null, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd);

    [Theory, MemberData(nameof(TopicCodecs))]
    public void Bytes_that_unfold_without_end_are_refused_in_one_buffer(CompressionType? codecOfTopic)
    {
        Assert.Equal(KafkaError.InvalidRecord, AppendInOneBuffer(Unfolding(recordCount: 3, Zeros.Value), codecOfTopic));
    }

    [Theory, MemberData(nameof(TopicCodecs))]
    public void One_record_that_unfolds_to_250_MiB_is_only_compressed_anew_up_to_a_bound(CompressionType? codecOfTopic)
    {
        var expected = codecOfTopic is null or CompressionType.Gzip ? KafkaError.None : KafkaError.InvalidRecord;
        Assert.Equal(expected, AppendInOneBuffer(Unfolding(recordCount: 1, LargeRecord.Value), codecOfTopic));
    }

    [Theory, MemberData(nameof(Codecs))]
    public void A_record_of_many_pieces_is_compressed_anew_in_bounded_memory(CompressionType codec)
    {
        const int valueBytes = 20 << 20;
        var bench = new LogBench(config: new LogConfig { CompressionType = codec });
        Assert.Equal(KafkaError.None, AppendInOneBuffer(Unfolding(recordCount: 1, RecordOf(valueBytes)), codec, bench));
        var stored = new RecordBatch(Stored(bench));
        Assert.Equal((codec, true), (stored.CompressionType, stored.HasValidCrc));
        var unfolded = new ArrayBufferWriter<byte>();
        Assert.True(RecordCompression.TryDecompress(codec, stored.RecordsBytes, unfolded, valueBytes + 100, out _));
        var records = stored.Records(unfolded.WrittenSpan);
        Assert.True(records.MoveNext());
        Assert.Equal((valueBytes, -1), (records.Current.Value.Length, records.Current.Value.IndexOfAnyExcept((byte)0)));
        Assert.Equal(
            new TimestampAndOffset(1000, 0, LogBench.Epoch), InOneBuffer(() => bench.Log.OffsetForTimestamp(1000)));
    }

    [Fact]
    public void What_becomes_too_large_in_the_topics_codec_is_refused_but_what_is_wrong_with_its_records_is_told_first()
    {
        var config = new LogConfig { CompressionType = CompressionType.Snappy, MessageMaxBytes = 200_000 };
        Assert.Equal(
            KafkaError.MessageTooLarge, new LogBench(config: config).Append(Unfolding(recordCount: 1, RecordOf(40 << 20))).Error);
        Assert.Equal(
            KafkaError.InvalidRecord, new LogBench(config: config).Append(Unfolding(recordCount: 2, RecordOf(40 << 20))).Error);
    }

    /// <summary>The records part of a gzip batch: one record whose value is so many zeros.</summary>
    private static byte[] RecordOf(int valueBytes)
    {
        // Attributes, the two deltas, a null key, the value's length; behind the value the number of headers.
        byte[] head = [0, 0, 0, 1, .. VarintOf(valueBytes)];
        var output = new ArrayBufferWriter<byte>();
        using var compressor = new RecordCompressor(CompressionType.Gzip, RecordCompression.DefaultLevel, output);
        compressor.Write(VarintOf(head.Length + valueBytes + 1));
        compressor.Write(head);
        var zeros = new byte[1 << 20];
        for (var at = 0; at < valueBytes; at += zeros.Length)
            compressor.Write(zeros);
        compressor.Write([0]);
        compressor.End();
        return output.WrittenSpan.ToArray();
    }

    private static byte[] VarintOf(int value)
    {
        var bytes = new byte[Varint.Int64MaxBytes];
        return bytes[..Varint.Write(bytes, value)];
    }

    private static byte[] Unfolding(int recordCount, ReadOnlySpan<byte> gzip)
    {
        var header = LogBench.Batch(recordCount, codec: CompressionType.Gzip)[..RecordBatch.HeaderBytes];
        byte[] batch = [.. header, .. gzip];
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), batch.Length - RecordBatch.LengthOverheadBytes);
        new MutableRecordBatch(batch).UpdateCrc();
        return batch;
    }

    private static KafkaError AppendInOneBuffer(byte[] batch, CompressionType? codecOfTopic, LogBench? bench = null)
    {
        bench ??= new LogBench(config: new LogConfig { CompressionType = codecOfTopic });
        return InOneBuffer(() => bench.Append(batch).Error);
    }

    private static T InOneBuffer<T>(Func<T> work)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = work();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 6_000_000);
        return result;
    }

    [Fact]
    public void Every_codec_of_a_producer_is_stored_in_every_codec_of_a_topic_with_both_kinds_of_timestamps()
    {
        foreach (var (source, wanted, timestampType) in
            from source in Enum.GetValues<CompressionType>()
            from wanted in Enum.GetValues<CompressionType>().Cast<CompressionType?>().Prepend(null)
            from timestampType in Enum.GetValues<TimestampType>()
            select (source, wanted, timestampType))
        {
            var bench = new LogBench(config: new LogConfig { CompressionType = wanted, TimestampType = timestampType });
            var isStamped = timestampType == TimestampType.LogAppendTime;
            var result = bench.Append(Batch(source, maxTimestamp: -1, timestamp: 1000));
            Assert.Equal((KafkaError.None, isStamped ? bench.NowMs : -1), (result.Error, result.LogAppendTimeMs));
            var stored = Stored(bench);
            Assert.Equal(
                (wanted ?? source, timestampType, isStamped ? bench.NowMs : 1005L),
                (new RecordBatch(stored).CompressionType, new RecordBatch(stored).TimestampType, new RecordBatch(stored).MaxTimestamp));
            Assert.True(new RecordBatch(stored).HasValidCrc);
        }
    }

    [Fact]
    public void Records_that_had_their_batchs_time_keep_it_in_another_codec()
    {
        var bench = new LogBench(config: new LogConfig { CompressionType = CompressionType.Lz4 });
        var batch = Batch(CompressionType.Gzip, maxTimestamp: 2000, timestamp: 1000);
        batch[22] |= 0x08;
        new MutableRecordBatch(batch).UpdateCrc();
        Assert.Equal(KafkaError.None, bench.Append(batch).Error);
        Assert.Equal(new TimestampAndOffset(2000, 0, LogBench.Epoch), bench.Log.OffsetForTimestamp(1));
    }

    private static byte[] Compressed(byte[] header, byte[] records, CompressionType codec)
        => RecordBatchCodec.Change(new RecordBatch(header), records, codec, RecordCompression.DefaultLevel);

    private static byte[] Stored(LogBench bench)
    {
        var slice = bench.Log.Read(0, int.MaxValue, bench.Log.LogEndOffset, atLeastOneBatch: true).Slice!.Value;
        var bytes = new byte[slice.Length];
        slice.File.Read(slice.Position, bytes);
        slice.File.Release();
        return bytes;
    }
}
