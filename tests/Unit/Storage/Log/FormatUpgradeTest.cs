using System.Text;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using static KafkaCompatBroker.Tests.Unit.Protocol.Legacy.OldMessages;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

/// <summary>Messages that clients of before KIP-98 send, stored in the current format or refused.</summary>
public sealed class FormatUpgradeTest
{
    private const byte Gzip = (byte)CompressionType.Gzip;
    private static readonly LogConfig Compacted = new() { CleanupPolicy = CleanupPolicy.Compact };
    private static readonly LogConfig Stamping = new() { TimestampType = TimestampType.LogAppendTime };

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
    public void Messages_become_one_batch_of_the_current_format(int magic, CompressionType codec)
    {
        var bench = new LogBench();
        bench.AppendMany(7);

        var result = Append(bench, Set((sbyte)magic, codec, 3));

        Assert.Equal((KafkaError.None, 7L, 9L, -1L), (result.Error, result.FirstOffset, result.LastOffset, result.LogAppendTimeMs));
        var batch = new RecordBatch(Read(bench, 7));
        Assert.Equal((2, 7L, 9L, codec), (batch.Magic, batch.BaseOffset, batch.LastOffset, batch.CompressionType));
        Assert.Equal((3, -1, LogBench.Epoch), (batch.RecordCount, batch.BaseSequence, batch.PartitionLeaderEpoch));
        Assert.True(batch.HasValidCrc);
        Assert.Equal(magic == 0 ? -1 : 1010, batch.MaxTimestamp);
        Assert.Equal(
            Enumerable.Range(0, 3).Select(index => $"{7 + index} key-{index}=value-{index} at {(magic == 0 ? -1 : 1000 + (5 * index))}"),
            Records(batch));
    }

    [Theory, MemberData(nameof(FormatsAndCodecs))]
    public void The_topics_codec_and_time_are_applied(int magic, CompressionType codec)
    {
        var bench = new LogBench(config: Stamping with { CompressionType = CompressionType.Lz4 });

        var result = Append(bench, Set((sbyte)magic, codec, 3));

        var batch = new RecordBatch(Read(bench, 0));
        Assert.Equal((KafkaError.None, bench.NowMs), (result.Error, result.LogAppendTimeMs));
        Assert.Equal(
            (CompressionType.Lz4, TimestampType.LogAppendTime, bench.NowMs),
            (batch.CompressionType, batch.TimestampType, batch.MaxTimestamp));
        Assert.All(Records(batch), record => Assert.EndsWith($"at {bench.NowMs}", record));
    }

    [Fact]
    public void Null_keys_and_values_stay_null()
    {
        var bench = new LogBench();
        Append(bench, [.. Message(1, 0, null, null), .. Message(1, 1, "", "")]);
        Assert.Equal(["0 null=null at 1000", "1 = at 1000"], Records(new RecordBatch(Read(bench, 0))));
    }

    [Fact]
    public void Offsets_that_the_client_gave_do_not_count()
    {
        var bench = new LogBench();
        Assert.Equal(KafkaError.None, Append(bench, [.. Message(1, 44, "a"), .. Message(1, 3, "b")]).Error);
        // As older librdkafka: the wrapper says 0, whatever is inside.
        Assert.Equal(
            KafkaError.None, Append(bench, Wrapper(1, CompressionType.Gzip, [.. Message(1, 9, "c"), .. Message(1, 9, "d")], 0)).Error);
        Assert.Equal(4, bench.Log.LogEndOffset);
        Assert.Equal(
            KafkaError.InvalidRecord, Append(bench, Wrapper(1, CompressionType.Gzip, [.. Message(1, 9, "c")], 8)).Error);
        Assert.Equal(KafkaError.None, Append(bench, Wrapper(0, CompressionType.Gzip, [.. Message(0, 9, "c")], 8)).Error);
    }

    [Fact]
    public void Sets_that_cannot_be_are_refused()
    {
        Refuses(KafkaError.InvalidRecord, [.. Message(0, 0, "a"), .. Message(1, 1, "b")]);
        Refuses(KafkaError.InvalidRecord, [.. Message(1, 0, "a"), .. LogBench.Batch(1)]);
        Refuses(KafkaError.InvalidRecord, [.. LogBench.Batch(1), .. Message(1, 0, "a")]);
        Refuses(KafkaError.InvalidRecord, [.. Set(1, CompressionType.Gzip, 1), .. Message(1, 1, "b")]);
        Refuses(KafkaError.InvalidRecord, [.. Message(1, 1, "b"), .. Set(1, CompressionType.Gzip, 1)]);
        Refuses(KafkaError.InvalidRecord, [.. Message(1, 0, "a"), 1, 2, 3]);
    }

    [Fact]
    public void Checksums_are_looked_at_outside_and_inside()
    {
        var outside = Message(1, 0, "a");
        outside[^1] ^= 1;
        Refuses(KafkaError.CorruptMessage, outside);
        byte[] inside = [.. Message(1, 0, "a"), .. Message(1, 1, "b")];
        inside[^1] ^= 1;
        Refuses(KafkaError.CorruptMessage, Wrapper(1, CompressionType.Gzip, inside, 1));
    }

    [Fact]
    public void What_is_inside_a_wrapper_has_to_be_whole_plain_and_of_its_format()
    {
        byte[] one = Message(1, 0, "a");
        Refuses(KafkaError.InvalidRecord, Wrapper(1, CompressionType.Gzip, [], 0));
        Refuses(KafkaError.InvalidRecord, Wrapper(1, CompressionType.Gzip, Wrapper(1, CompressionType.Gzip, one, 0), 0));
        Refuses(KafkaError.InvalidRecord, Wrapper(1, CompressionType.Gzip, Message(0, 0, "a"), 0));
        Refuses(KafkaError.InvalidRecord, Wrapper(1, CompressionType.Gzip, one[..^1], 0));
        Refuses(KafkaError.InvalidRecord, Wrapper(1, CompressionType.Gzip, [.. one, 0, 0], 0));
        Refuses(KafkaError.CorruptMessage, Wrapper(1, CompressionType.Gzip, [.. one, .. new byte[12]], 0));
        Refuses(KafkaError.InvalidRecord, Wrapper(1, CompressionType.Zstd, one, 0));
        Refuses(KafkaError.InvalidRecord, MessageOf(1, 0, null, Encoding.UTF8.GetBytes("no gzip"), 1000, Gzip));
        Refuses(KafkaError.InvalidRecord, MessageOf(1, 0, null, null, 1000, Gzip));
        Refuses(KafkaError.InvalidRecord, MessageOf(1, 0, null, one, 1000, 7));
        Refuses(KafkaError.InvalidRecord, Wrapper(1, CompressionType.Gzip, LogBench.Batch(1), 0));
    }

    [Fact]
    public void Lengths_of_keys_and_values_have_to_fit()
    {
        foreach (var at in (int[])[26, 30 + 1])
        {
            foreach (var length in (byte[])[2, 0x7f])
            {
                var message = Message(1, 0, "a");
                message[at + (length == 2 ? 3 : 0)] = length;
                Refuses(KafkaError.InvalidRecord, Sealed(message));
            }
        }
        // A message of format 1 that is as short as one of format 0 may be has no room for them.
        var cut = Message(1, 0, "a")[..26];
        cut[11] = 14;
        Refuses(KafkaError.InvalidRecord, Sealed(cut));
    }

    [Theory, MemberData(nameof(FormatsAndCodecs))]
    public void A_compacted_topic_wants_keys(int magic, CompressionType codec)
    {
        var without = Message((sbyte)magic, 0, "a", null);
        var messages = codec == CompressionType.None ? without : Wrapper((sbyte)magic, codec, without, 0);
        Refuses(KafkaError.InvalidRecord, messages, Compacted);
        Assert.Equal(KafkaError.None, Append(new LogBench(config: Compacted), Set((sbyte)magic, codec, 2)).Error);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    public void Times_are_held_against_the_topics_bounds(CompressionType codec)
    {
        var bounded = new LogConfig { TimestampBeforeMaxMs = 1000, TimestampAfterMaxMs = 1000 };
        var nowMs = new LogBench(config: bounded).NowMs;
        Assert.Equal(KafkaError.None, Append(new LogBench(config: bounded), Set(1, codec, 2, nowMs)).Error);
        Assert.Equal(KafkaError.None, Append(new LogBench(config: bounded), Set(0, codec, 2)).Error);
        Assert.Equal(KafkaError.None, Append(new LogBench(config: bounded), Message(1, 0, "a", timestamp: -1)).Error);
        Refuses(KafkaError.InvalidTimestamp, Set(1, codec, 2, nowMs - 1010), bounded);
        Refuses(KafkaError.InvalidTimestamp, Set(1, codec, 2, nowMs + 1001), bounded);
        Refuses(KafkaError.InvalidTimestamp, Set(1, codec, 2, -20));
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    public void A_time_that_is_said_to_be_the_logs_is_taken_over_or_refused_as_of_batches(CompressionType codec)
    {
        var bench = new LogBench();
        Assert.Equal(KafkaError.None, Append(bench, Set(1, codec, 2, attributes: LogAppendTimeBit)).Error);
        var batch = new RecordBatch(Read(bench, 0));
        Assert.Equal(TimestampType.CreateTime, batch.TimestampType);
        // The messages of a wrapper all have its time.
        Assert.EndsWith(codec == CompressionType.None ? "at 1000" : "at 1005", Records(batch)[0]);
        Refuses(KafkaError.InvalidTimestamp, Set(1, codec, 2, attributes: LogAppendTimeBit), Stamping);
        Refuses(KafkaError.InvalidTimestamp, Message(1, 0, "a", timestamp: -1, attributes: LogAppendTimeBit));
    }

    [Fact]
    public void Sizes_are_held_against_the_topics_before_and_after()
    {
        var small = new LogConfig { MessageMaxBytes = 300 };
        var large = Message(1, 0, new string('x', 400));
        Refuses(KafkaError.MessageTooLarge, large, small);
        Refuses(KafkaError.MessageTooLarge, Set(1, CompressionType.None, 40), small);
        // What unfolds to more than the topic takes is stored compressed, unless the topic wants it plain.
        var folded = Wrapper(1, CompressionType.Gzip, large, 0);
        Assert.Equal(KafkaError.None, Append(new LogBench(config: small), folded).Error);
        Refuses(KafkaError.MessageTooLarge, folded, small with { CompressionType = CompressionType.None });
        // What is wrong with the records is told before their size.
        Refuses(
            KafkaError.InvalidRecord, Wrapper(1, CompressionType.Gzip, [.. large, .. Message(1, 1, "a", null)], 1),
            small with { CompressionType = CompressionType.None, CleanupPolicy = CleanupPolicy.Compact });
    }

    [Fact]
    public void What_unfolds_to_too_much_is_refused()
        => Refuses(
            KafkaError.InvalidRecord,
            Wrapper(1, CompressionType.Gzip, MessageOf(1, 0, [], new byte[Limits.RecompressedBatchBytes], 1000, 0), 0));

    [Theory, MemberData(nameof(FormatsAndCodecs))]
    public void Messages_larger_than_what_is_decompressed_at_once_come_whole(int magic, CompressionType codec)
    {
        var bench = new LogBench();
        var random = new Random(magic);
        var values = Enumerable.Range(0, 4).Select(index => new string((char)('a' + random.Next(26)), 70_000 * index)).ToArray();
        byte[] messages = [.. values.SelectMany((value, index) => Message((sbyte)magic, index, value))];
        var set = codec == CompressionType.None ? messages : Wrapper((sbyte)magic, codec, messages, 3);
        Assert.Equal(KafkaError.None, Append(bench, set).Error);
        Assert.Equal(
            values.Select((value, index) => $"{index} k={value} at {(magic == 0 ? -1 : 1000)}"), Records(new RecordBatch(Read(bench, 0))));
    }

    [Fact]
    public void Damaged_messages_are_answered_and_what_is_stored_is_sound()
    {
        var random = new Random(12);
        for (var run = 0; run < 3000; run++)
        {
            var set = Set((sbyte)random.Next(2), (CompressionType)random.Next(4), random.Next(1, 4));
            var first = new RecordBatch(set).SizeInBytes;
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                set[random.Next(set.Length)] ^= (byte)(1 << random.Next(8));
            // Mostly the damage is made to look as if it were meant.
            if (random.Next(4) > 0)
                BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(
                    KafkaCompatBroker.Kernel.Checksums.Crc32.Append(0, set.AsSpan(16, first - 16)))).CopyTo(set, 12);
            var bench = new LogBench();
            if (Append(bench, set).Error == KafkaError.None)
                Assert.NotEmpty(Records(new RecordBatch(Read(bench, 0))));
        }
    }

    [Fact]
    public void Requests_that_must_carry_the_current_format_may_not_carry_an_older_one()
        => Assert.Equal(
            KafkaError.InvalidRecord, new LogBench().Log.AppendAsLeader(Message(1, 0, "a"), LogBench.Epoch, v2Only: true).Error);

    private static LogAppendResult Append(LogBench bench, byte[] messages)
        => bench.Log.AppendAsLeader(messages, LogBench.Epoch, v2Only: false);

    private static void Refuses(KafkaError error, byte[] messages, LogConfig? config = null)
    {
        var bench = new LogBench(config: config);
        var refused = Append(bench, messages).Error;
        Assert.Equal(error, refused);
        Assert.Equal(0, bench.Log.LogEndOffset);
    }

    private static byte[] Read(LogBench bench, long offset)
    {
        var slice = bench.Log.Read(offset, int.MaxValue, long.MaxValue, atLeastOneBatch: true).Slice!.Value;
        var bytes = new byte[slice.Length];
        Assert.Equal(bytes.Length, slice.File.Read(slice.Position, bytes));
        slice.File.Release();
        return bytes;
    }

    private static List<string> Records(RecordBatch batch)
    {
        var unfolded = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.True(RecordCompression.TryDecompress(batch.CompressionType, batch.RecordsBytes, unfolded, 1 << 20, out _));
        var found = new List<string>();
        foreach (var record in batch.Records(unfolded.WrittenSpan))
            found.Add($"{record.Offset} {Text(record.Key, record.HasKey)}={Text(record.Value, record.HasValue)} at {record.Timestamp}");
        return found;
    }

    private static string Text(ReadOnlySpan<byte> bytes, bool isPresent) => isPresent ? Encoding.UTF8.GetString(bytes) : "null";
}
