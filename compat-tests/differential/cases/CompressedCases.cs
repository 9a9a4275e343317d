using System.Buffers;
using System.Buffers.Binary;
using K4os.Hash.xxHash;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>
/// Batches whose records are compressed: what is said of them in the header, what is inside, and topics that want another codec. Each is
/// sent to a topic of its own, of which is noted what it then says about offsets and times.
/// </summary>
internal static class CompressedCases
{
    private const short ProduceVersion = 9;
    private const long Base = Topics.FirstTimestamp;
    private const long HourMs = 3_600_000;
    private static readonly long NowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);
    private static readonly CompressionType[] Codecs
        = [CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    public static void Headers(Conversation talk)
    {
        foreach (var codec in Codecs)
        {
            foreach (var maxTimestamp in (long[])[-1, 0, Base + 5, Base + 1000])
                Send(talk, codec, $"max timestamp {maxTimestamp - Base}", Two(codec, batch => SetMaxTimestamp(batch, maxTimestamp)));
            Send(talk, codec, "one record too few", Two(codec, batch => SetCount(batch, 3)));
            Send(talk, codec, "one record too many", Two(codec, batch => SetCount(batch, 1)));
            Send(talk, codec, "LogAppendTime", Two(codec, batch => batch[BatchLayout.AttributesAt + 1] |= BatchLayout.LogAppendTimeBit));
        }
    }

    public static void Contents(Conversation talk)
    {
        foreach (var codec in Codecs)
        {
            var first = BatchLayout.HeaderBytes;
            Send(talk, codec, "bytes behind the last record", Two(codec, more: [1, 2, 3]));
            // Of the second record, behind the first of ten bytes: its length, attributes, timestamp delta, offset delta, key length …
            Send(talk, codec, "disputed: offset delta 5", Two(codec, batch => batch[first + SizeOfFirst + 3] = 10));
            Send(talk, codec, "disputed: offset delta 0 again", Two(codec, batch => batch[first + SizeOfFirst + 3] = 0));
            Send(talk, codec, "disputed: record length 1 more", Two(codec, batch => batch[first] += 2));
            Send(talk, codec, "disputed: record length negative", Two(codec, batch => batch[first] = 1));
            Send(talk, codec, "disputed: record length 0", Two(codec, batch => batch[first] = 0));
            Send(talk, codec, "key length -2", Two(codec, batch => batch[first + 4] = 3));
            Send(talk, codec, "negative timestamps", Two(codec, timestamp: -7));
            Send(talk, codec, "timestamp -1", Two(codec, timestamp: -1));
            Send(talk, codec, "raw bytes", Raw(codec, [1, 2, 3, 4, 5, 6, 7, 8]));
            Send(talk, codec, "no bytes", Raw(codec, []));
            var whole = Two(codec);
            Send(talk, codec, "the stream is cut", Raw(codec, whole[first..^3]));
            Send(talk, codec, "disputed: bytes behind the stream", Raw(codec, [.. whole[first..], 9, 9, 9]));
            Send(talk, codec, "two streams", TwoStreams(codec));
        }
    }

    /// <summary>What the first bytes of an lz4 frame can ask for, and checksums that are wrong.</summary>
    public static void Lz4Frames(Conversation talk)
    {
        const byte plain = 0b0110_0000, blockChecksums = 0b0001_0000, contentSize = 0b0000_1000, contentChecksum = 0b0000_0100;
        foreach (var flags in (byte[])[plain, plain | blockChecksums, plain | contentSize, plain | contentChecksum])
            Send(talk, CompressionType.Lz4, $"frame with flags {flags:x}", Raw(CompressionType.Lz4, Lz4Frame(flags)));
        Send(talk, CompressionType.Lz4, "frame of blocks of 4 MiB", Raw(CompressionType.Lz4, Lz4Frame(plain, 0x70)));
        (string What, byte[] Frame)[] refused =
        [
            ("blocks that depend on each other", Lz4Frame(0b0100_0000)),
            ("version 0", Lz4Frame(0b0010_0000)),
            ("a reserved bit", Lz4Frame(plain | 0b0000_0010)),
            ("a dictionary", Lz4Frame(plain | 0b0000_0001)),
            ("blocks of 16 KiB", Lz4Frame(plain, 0x30)),
            ("the checksum of the header", Damaged(Lz4Frame(plain), 6)),
            ("the checksum of a block", Damaged(Lz4Frame(plain | blockChecksums), Lz4Frame(plain | blockChecksums).Length - 5)),
        ];
        foreach (var (what, frame) in refused)
            Send(talk, CompressionType.Lz4, $"frame refused for {what}", Raw(CompressionType.Lz4, frame));

        static byte[] Damaged(byte[] frame, int at)
        {
            frame[at] ^= 0xff;
            return frame;
        }
    }

    public static void Settings(Conversation talk)
    {
        foreach (var codec in Codecs)
        {
            Send(talk, codec, "compacted, no key", Keyless(codec), ("cleanup.policy", "compact"));
            foreach (var hours in (int[])[-2, 2])
            {
                var (when, timestamp) = (hours < 0 ? "old" : "ahead", NowMs + hours * HourMs);
                (string, string)[] limits
                    = [("message.timestamp.before.max.ms", $"{HourMs}"), ("message.timestamp.after.max.ms", $"{HourMs}")];
                Send(talk, codec, $"two hours {when}", Two(codec, timestamp: timestamp), limits);
                Send(
                    talk, codec, $"two hours {when}, not in the header", Two(codec, batch => SetMaxTimestamp(batch, -1), timestamp),
                    limits);
            }
        }
    }

    /// <summary>Every codec of a producer against every codec of a topic, with both kinds of timestamps.</summary>
    public static void Recompression(Conversation talk)
    {
        foreach (var timestampType in (string[])["CreateTime", "LogAppendTime"])
        {
            foreach (var wanted in (string[])["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"])
            {
                foreach (var codec in Codecs.Prepend(CompressionType.None))
                {
                    Send(
                        talk, codec, $"for {wanted} and {timestampType}", Two(codec, batch => SetMaxTimestamp(batch, -1)),
                        ("compression.type", wanted), ("message.timestamp.type", timestampType));
                    Send(
                        talk, codec, $"with LogAppendTime for {wanted} and {timestampType}",
                        Two(codec, batch => batch[BatchLayout.AttributesAt + 1] |= BatchLayout.LogAppendTimeBit),
                        ("compression.type", wanted), ("message.timestamp.type", timestampType));
                }
            }
        }
    }

    private static int SizeOfFirst => Topics.Batch(records: 1).Length - BatchLayout.HeaderBytes;

    private static void Send(
        Conversation talk, CompressionType codec, string what, byte[] batch, params (string Name, string Value)[] settings)
    {
        what = $"{codec} {what}";
        var topic = string.Concat(what.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '-'));
        Topics.Make(talk, topic, 1, settings);
        var isStamped = settings.Contains(("message.timestamp.type", "LogAppendTime"));
        var response = talk.Unrecorded().Ask(what, ProduceVersion, Topics.ProduceTo(topic, batch), Patience);
        var answer = response?.Responses[0].PartitionResponses[0];
        talk.Note($"Produce {what}", new Produced(
            answer?.ErrorCode, answer?.BaseOffset, answer?.LogAppendTimeMs > 0, answer?.LogStartOffset,
            [.. answer?.RecordErrors.Select(error => $"{error.BatchIndex} {error.BatchIndexErrorMessage is not null}") ?? []]));
        if (isStamped)
            return;
        foreach (var timestamp in (long[])[Base, Base + 1, Base + 101, -3])
            talk.Ask($"{what}: offset of {(timestamp < 0 ? timestamp : timestamp - Base)}", 7, new ListOffsetsRequest
            {
                ReplicaId = -1,
                Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp }] }],
            });
        talk.Note($"stored {what}", HeaderOf(talk, topic));
    }

    private static object HeaderOf(Conversation talk, string topic)
    {
        var fetched = talk.Unrecorded().Ask("stored", 11, new FetchRequest
        {
            MaxWaitMs = 0,
            MinBytes = 0,
            Topics = [new() { Topic = topic, Partitions = [new() { Partition = 0, FetchOffset = 0, PartitionMaxBytes = 1_000_000 }] }],
        });
        if (fetched?.Responses[0].Partitions[0].Records is not { Length: > 0 } records)
            return new Stored(0, 0, 0, 0, 0, 0);
        var batch = new RecordBatch(records.Memory.Span);
        return new Stored(
            batch.BaseOffset, batch.LastOffsetDelta, batch.Attributes, batch.BaseTimestamp, batch.MaxTimestamp, batch.RecordCount);
    }

    /// <summary>A batch of two records that are 100 ms apart.</summary>
    private static byte[] Two(CompressionType codec, Action<byte[]>? edit = null, long timestamp = Base, byte[]? more = null)
    {
        var batch = Topics.Batch(timestamp);
        edit?.Invoke(batch);
        return Compressed(batch, [.. batch[BatchLayout.HeaderBytes..], .. more ?? []], codec);
    }

    private static byte[] Keyless(CompressionType codec)
    {
        var builder = new RecordBatchBuilder { CompressionType = codec };
        builder.Append(Base, [1], [1]);
        builder.Append(Base, null, [1]);
        builder.Append(Base, [1], [1]);
        return builder.Build();
    }

    private static byte[] TwoStreams(CompressionType codec)
    {
        var records = Topics.Batch()[BatchLayout.HeaderBytes..];
        var output = new ArrayBufferWriter<byte>();
        RecordCompression.Compress(codec, records.AsSpan(0, SizeOfFirst), output);
        RecordCompression.Compress(codec, records.AsSpan(SizeOfFirst), output);
        return Raw(codec, output.WrittenSpan.ToArray());
    }

    /// <summary>The records of a batch of two in one block, stored as they are. A checksum of the content is wrong.</summary>
    private static byte[] Lz4Frame(byte flags, byte blockDescriptor = 0x40)
    {
        var records = Topics.Batch()[BatchLayout.HeaderBytes..];
        byte[] head = [flags, blockDescriptor, .. (flags & 8) != 0 ? BitConverter.GetBytes((long)records.Length) : []];
        return
        [
            0x04, 0x22, 0x4D, 0x18, .. head, (byte)(XXH32.DigestOf(head) >> 8),
            .. BitConverter.GetBytes((uint)records.Length | 1u << 31), .. records,
            .. (flags & 16) != 0 ? BitConverter.GetBytes(XXH32.DigestOf(records)) : [],
            0, 0, 0, 0, .. (flags & 4) != 0 ? new byte[] { 1, 2, 3, 4 } : [],
        ];
    }

    /// <summary>The header of a batch of two records, and these bytes as their compressed form.</summary>
    private static byte[] Raw(CompressionType codec, byte[] compressed)
    {
        byte[] batch = [.. Topics.Batch()[..BatchLayout.HeaderBytes], .. compressed];
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(BatchLayout.BatchLengthAt), batch.Length - RecordBatch.LengthOverheadBytes);
        batch[BatchLayout.AttributesAt + 1] |= (byte)codec;
        new MutableRecordBatch(batch).UpdateCrc();
        return batch;
    }

    private static byte[] Compressed(byte[] header, byte[] records, CompressionType codec)
        => RecordBatchCodec.Change(new RecordBatch(header), records, codec, RecordCompression.DefaultLevel);

    private static void SetMaxTimestamp(byte[] batch, long value)
        => BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(BatchLayout.MaxTimestampAt), value);

    private static void SetCount(byte[] batch, int count)
    {
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(BatchLayout.RecordCountAt), count);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(BatchLayout.LastOffsetDeltaAt), count - 1);
    }

    private sealed record Produced(
        KafkaError? Error, long? BaseOffset, bool HasLogAppendTime, long? LogStartOffset, List<string> RecordErrors);

    private sealed record Stored(
        long BaseOffset, int LastOffsetDelta, short Attributes, long BaseTimestamp, long MaxTimestamp, int RecordCount);
}
