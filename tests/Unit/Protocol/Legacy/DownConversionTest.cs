using System.Buffers;
using System.Text;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Legacy;

public sealed class DownConversionTest
{
    private const int Plenty = 1 << 20;

    public static TheoryData<int, CompressionType> FormatsAndCodecs
    {
        get
        {
            var data = new TheoryData<int, CompressionType>();
            foreach (var magic in (int[])[0, 1])
            {
                foreach (var codec in (CompressionType[])[
                    CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4])
                    data.Add(magic, codec);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(FormatsAndCodecs))]
    public void A_batch_becomes_the_messages_that_an_old_broker_would_have_stored(int magic, CompressionType codec)
    {
        var builder = new RecordBatchBuilder { BaseOffset = 40, CompressionType = codec };
        for (var index = 0; index < 3; index++)
            builder.Append(
                1000 + (5 * index), Encoding.UTF8.GetBytes($"key-{40 + index}"), Encoding.UTF8.GetBytes($"value-{40 + index}"),
                [new("header", [1])]);

        Assert.Equal(OldMessages.Stored((sbyte)magic, codec, 40, 3), Converted(builder.Build(), magic));
    }

    [Theory, MemberData(nameof(FormatsAndCodecs))]
    public void Messages_that_are_as_old_stay_as_they_are(int magic, CompressionType codec)
    {
        var stored = OldMessages.Stored(0, codec, 40, 3);
        Assert.Equal(stored, Converted(stored, magic));
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    public void Messages_of_format_1_become_messages_of_format_0(CompressionType codec)
    {
        if (codec == CompressionType.None)
            Assert.Equal(OldMessages.Stored(0, codec, 40, 1), Converted(OldMessages.Stored(1, codec, 40, 1), 0));
        else
            Assert.Equal(OldMessages.Stored(0, codec, 40, 3), Converted(OldMessages.Stored(1, codec, 40, 3), 0));
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Lz4)]
    public void The_time_that_the_log_gave_is_that_of_all_messages(CompressionType codec)
    {
        var builder = new RecordBatchBuilder { CompressionType = codec };
        builder.Append(1000, null, [1]);
        builder.Append(1005, null, null);
        var batch = builder.Build();
        new MutableRecordBatch(batch).SetMaxTimestamp(TimestampType.LogAppendTime, 77_000);
        byte[] messages =
        [
            .. OldMessages.MessageOf(1, 0, null, [1], 77_000, OldMessages.LogAppendTimeBit),
            .. OldMessages.MessageOf(1, 1, null, null, 77_000, OldMessages.LogAppendTimeBit),
        ];
        if (codec != CompressionType.None)
            messages = OldMessages.Wrapper(1, codec, messages, 1, 77_000, OldMessages.LogAppendTimeBit);

        Assert.Equal(messages, Converted(batch, 1));
    }

    [Fact]
    public void Records_before_the_wanted_one_are_left_out_where_nothing_has_to_be_compressed_for_it()
    {
        Assert.Equal(2, Count(Converted(Batch(CompressionType.None), 1, firstOffset: 41)));
        Assert.Empty(Converted(Batch(CompressionType.None), 1, firstOffset: 43));
        Assert.Equal(3, Count(Converted(Batch(CompressionType.Gzip), 1, firstOffset: 41)));
    }

    [Fact]
    public void Offsets_keep_their_gaps()
    {
        // A batch whose first and third records are left by compaction.
        var batch = Batch(CompressionType.Gzip);
        var unfolded = new ArrayBufferWriter<byte>();
        var view = new RecordBatch(batch);
        Assert.True(RecordCompression.TryDecompress(CompressionType.Gzip, view.RecordsBytes, unfolded, Plenty, out _));
        var sizes = new List<int>();
        foreach (var record in view.Records(unfolded.WrittenSpan))
            sizes.Add(record.SizeInBytes);
        byte[] kept = [.. unfolded.WrittenSpan[..sizes[0]], .. unfolded.WrittenSpan[(sizes[0] + sizes[1])..]];
        byte[] gapped = [.. batch[..RecordBatch.HeaderBytes], .. OldMessages.Compressed(CompressionType.Gzip, kept)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(gapped.AsSpan(8), gapped.Length - 12);
        gapped[60] = 2;

        var wrapper = new RecordBatch(Converted(gapped, 1));

        Assert.Equal(42, wrapper.LastOffset);
        var offsets = new Offsets([]);
        Assert.Null(MessageWalk.Visit(wrapper, Plenty, ref offsets));
        Assert.Equal([0, 2], offsets.Seen);
        Assert.True(MessageWalk.TryFindBaseOffset(wrapper, Plenty, out var baseOffset));
        Assert.Equal(40, baseOffset);
    }

    [Fact]
    public void Control_batches_and_empty_ones_become_nothing()
    {
        var control = new RecordBatchBuilder { IsControl = true, Producer = new ProducerIdAndEpoch(1, 0), BaseSequence = -1 };
        control.Append(1000, [0, 0, 0, 1], [0, 0, 0, 0, 0, 0]);
        Assert.Empty(Converted(control.Build(), 1));
        var empty = Batch(CompressionType.Gzip)[..RecordBatch.HeaderBytes];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(empty.AsSpan(8), 49);
        empty[60] = 0;
        Assert.Empty(Converted(empty, 0));
    }

    [Fact]
    public void What_cannot_be_turned_is_told()
    {
        Assert.Equal(KafkaError.UnsupportedCompressionType, Convert(Batch(CompressionType.Zstd), 1, new()));
        var cut = Batch(CompressionType.None)[..^1];
        cut[11]--;
        Assert.Equal(KafkaError.CorruptMessage, Convert(cut, 1, new()));
        var more = Batch(CompressionType.Gzip);
        more[60]++;
        Assert.Equal(KafkaError.CorruptMessage, Convert(more, 1, new()));
        Assert.Equal(KafkaError.MessageTooLarge, Convert(Batch(CompressionType.None), 1, new(), outputMaxBytes: 60));
        var codec = Batch(CompressionType.Gzip);
        codec[22] |= 7;
        Assert.Equal(KafkaError.CorruptMessage, Convert(codec, 1, new()));
    }

    [Fact]
    public void Records_that_unfold_to_very_much_are_bounded_in_number_and_in_size()
    {
        var many = new RecordBatchBuilder { CompressionType = CompressionType.Gzip };
        for (var index = 0; index < 2_000_000; index++)
            many.Append(1000, null, null);
        Assert.Equal(KafkaError.MessageTooLarge, Convert(many.Build(), 1, new(), outputMaxBytes: 1 << 20));
        var large = new RecordBatchBuilder { CompressionType = CompressionType.Gzip };
        large.Append(1000, null, new byte[Limits.RewrittenBatchBytes + 1]);
        Assert.Equal(KafkaError.MessageTooLarge, Convert(large.Build(), 1, new(), outputMaxBytes: int.MaxValue / 2));
    }

    [Fact]
    public void Damaged_batches_end_with_a_value_and_bounded_memory()
    {
        var random = new Random(8);
        for (var run = 0; run < 4000; run++)
        {
            var codec = (CompressionType)random.Next(4);
            var batch = random.Next(2) == 0 ? Batch(codec) : OldMessages.Set(1, codec, 3);
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                batch[random.Next(16, batch.Length)] ^= (byte)(1 << random.Next(8));
            var view = new RecordBatch(batch);
            if (!view.HasPossibleLength)
                continue;
            var output = new ArrayBufferWriter<byte>();
            DownConversion.Convert(view, (sbyte)random.Next(2), 0, output, Plenty);
            Assert.True(output.WrittenCount <= 2 * Plenty);
        }
    }

    private static byte[] Batch(CompressionType codec)
    {
        var builder = new RecordBatchBuilder { BaseOffset = 40, CompressionType = codec };
        for (var index = 0; index < 3; index++)
            builder.Append(1000 + index, null, [1, 2, 3]);
        return builder.Build();
    }

    private static byte[] Converted(byte[] batch, int magic, long firstOffset = 0)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Equal(KafkaError.None, Convert(batch, magic, output, firstOffset));
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Entry by entry, since messages that are not compressed are one each.</summary>
    private static KafkaError Convert(
        byte[] batches, int magic, ArrayBufferWriter<byte> output, long firstOffset = 0, int outputMaxBytes = Plenty)
    {
        foreach (var batch in new RecordBatchEnumerator(batches))
        {
            if (DownConversion.Convert(batch, (sbyte)magic, firstOffset, output, outputMaxBytes) is var error and not KafkaError.None)
                return error;
        }
        return KafkaError.None;
    }

    private static int Count(byte[] messages)
    {
        var offsets = new Offsets([]);
        foreach (var message in new RecordBatchEnumerator(messages))
            Assert.Null(MessageWalk.Visit(message, Plenty, ref offsets));
        return offsets.Seen.Count;
    }

    private readonly record struct Offsets(List<long> Seen) : IMessageVisitor
    {
        public bool Visit(in LegacyMessage message)
        {
            Seen.Add(message.Offset);
            return true;
        }
    }
}
