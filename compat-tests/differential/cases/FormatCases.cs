using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using static KafkaCompatBroker.Tests.Unit.Protocol.Legacy.OldMessages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>
/// Messages of formats 0 and 1 that old clients send, and batches that they are given in those formats. Each set is sent to a topic of its
/// own, of which is noted what is stored and what every version of Fetch gives of it.
/// </summary>
internal static class FormatCases
{
    private const long Base = Topics.FirstTimestamp, HourMs = 3_600_000;
    private const byte Gzip = (byte)CompressionType.Gzip;
    private static readonly long NowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);
    private static readonly CompressionType[] Codecs
        = [CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4];
    private static readonly sbyte[] Formats = [0, 1];

    /// <summary>Every old version of Produce with every format and codec, read back with old versions and new ones.</summary>
    public static void Good(Conversation talk)
    {
        foreach (var version in (short[])[0, 1, 2])
        {
            foreach (var magic in Formats)
            {
                foreach (var codec in Codecs)
                    Send(talk, version, $"format {magic} {codec}", Set(magic, codec, 3, Base));
            }
        }
        Send(talk, 2, "nulls", [.. Message(1, 0, null, null, Base), .. Message(1, 1, "", "", Base)]);
        Send(talk, 2, "no time", Message(1, 0, "a", "k", -1));
        Send(talk, 2, "offsets of the client's own", [.. Message(1, 44, "a", "k", Base), .. Message(1, 3, "b", "k", Base)]);
        Send(talk, 2, "wrapper at 0", Wrapper(1, CompressionType.Gzip, [.. Message(1, 7, "a"), .. Message(1, 7, "b")], 0, Base));
        Send(talk, 2, "wrapper of format 0 before its messages", Wrapper(0, CompressionType.Gzip, Message(0, 9, "a"), 3));
        Send(talk, 2, "time of the log", Set(1, CompressionType.None, 2, Base, LogAppendTimeBit));
        Send(talk, 2, "time of the log in a wrapper", Set(1, CompressionType.Gzip, 2, Base, LogAppendTimeBit));
        Send(talk, 2, "bytes behind the value", Sealed(Lengthened(Message(1, 0, "a", "k", Base))));
        Send(talk, 2, "checksum of the lz4 header as in format 0, in format 0", Wrapper(0, CompressionType.Lz4, Message(0, 0, "a"), 0));
        Send(
            talk, 2, "checksum of the lz4 header as in format 1, in format 0",
            MessageOf(0, 0, null, Compressed(CompressionType.Lz4, Message(0, 0, "a"), 1), 0, (byte)CompressionType.Lz4));
    }

    public static void Bad(Conversation talk)
    {
        var one = Message(1, 0, "a", "k", Base);
        var damaged = Damaged(one);
        Send(talk, 2, "different formats", [.. Message(0, 0, "a"), .. one]);
        Send(talk, 2, "a batch behind", [.. one, .. Topics.Batch()]);
        Send(talk, 2, "behind a batch", [.. Topics.Batch(), .. one]);
        Send(talk, 2, "behind a wrapper", [.. Wrapper(1, CompressionType.Gzip, one, 0, Base), .. one]);
        Send(talk, 2, "a wrapper behind", [.. one, .. Wrapper(1, CompressionType.Gzip, one, 0, Base)]);
        Send(talk, 2, "two wrappers", [.. Wrapper(1, CompressionType.Gzip, one, 0), .. Wrapper(1, CompressionType.Gzip, one, 0)]);
        Send(talk, 2, "checksum", damaged);
        Send(talk, 2, "checksum of the second", [.. one, .. damaged]);
        Send(talk, 2, "checksum inside", Wrapper(1, CompressionType.Gzip, [.. one, .. damaged], 1, Base));
        Send(talk, 1, "checksum inside, format 0", Wrapper(0, CompressionType.Gzip, Damaged(Message(0, 0, "a")), 0));
        Send(talk, 2, "wrapper behind its messages", Wrapper(1, CompressionType.Gzip, Message(1, 9, "a", "k", Base), 8, Base));
        Send(talk, 2, "wrapper in a wrapper", Wrapper(1, CompressionType.Gzip, Wrapper(1, CompressionType.Gzip, one, 0), 0, Base));
        Send(talk, 2, "format 0 in a wrapper of format 1", Wrapper(1, CompressionType.Gzip, Message(0, 0, "a"), 0, Base));
        Send(talk, 2, "format 1 in a wrapper of format 0", Wrapper(0, CompressionType.Gzip, one, 0, Base));
        Send(talk, 2, "disputed: nothing in a wrapper", Wrapper(1, CompressionType.Gzip, [], 0, Base));
        Send(talk, 2, "length 0 in a wrapper", Wrapper(1, CompressionType.Gzip, [.. one, .. new byte[12]], 0, Base));
        Send(talk, 2, "wrapper without a value", MessageOf(1, 0, null, null, Base, Gzip));
        Send(talk, 2, "zstd", Wrapper(1, CompressionType.Zstd, one, 0, Base));
        Send(talk, 2, "disputed: codec 7", MessageOf(1, 0, null, one, Base, 7));
        Send(talk, 2, "disputed: no gzip", MessageOf(1, 0, null, one, Base, Gzip));
        Send(talk, 2, "disputed: message in a wrapper cut", Wrapper(1, CompressionType.Gzip, [.. one, .. one[..^1]], 0, Base));
        Send(talk, 2, "disputed: five bytes more", [.. one, 1, 2, 3, 4, 5]);
        Send(talk, 2, "disputed: the last message cut", [.. one, .. one[..^1]]);
        Send(talk, 2, "disputed: key beyond the message", Sealed(Edited(one, 29, 9)));
        Send(talk, 2, "disputed: value beyond the message", Sealed(Edited(one, 34, 9)));
        Send(talk, 2, "disputed: too short for its format", Sealed(Edited(one[..26], 11, 14)));
        Send(talk, 2, "length 13", Edited(one, 11, 13));
        Send(talk, 2, "disputed: nothing but a part", one[..^1]);
        Send(
            talk, 2, "disputed: checksum of the lz4 header as in format 0, in format 1",
            MessageOf(1, 0, null, Compressed(CompressionType.Lz4, one, 0), Base, (byte)CompressionType.Lz4));
        Send(talk, 2, "disputed: time -20", Message(1, 0, "a", "k", -20));
        Send(talk, 2, "too large", Message(1, 0, new string('x', 1_100_000), "k", Base));
        Send(talk, 2, "too large together", [.. Enumerable.Range(0, 3).SelectMany(_ => Message(1, 0, new string('x', 400_000)))]);
        Send(talk, 3, "format 1", one);
        Send(talk, 9, "format 0", Message(0, 0, "a"));
    }

    public static void Settings(Conversation talk)
    {
        foreach (var magic in Formats)
        {
            foreach (var codec in Codecs)
            {
                var what = $"format {magic} {codec}";
                var keyless = Message(magic, 0, "a", null, Base);
                Send(
                    talk, 2, $"{what} compacted, no key", codec == CompressionType.None ? keyless : Wrapper(magic, codec, keyless, 0, Base),
                    ("cleanup.policy", "compact"));
                foreach (var wanted in (string[])["uncompressed", "gzip", "snappy", "lz4", "zstd"])
                    Send(talk, 2, $"{what} for {wanted}", Set(magic, codec, 3, Base), ("compression.type", wanted));
                foreach (var hours in (int[])[-2, 2])
                    Send(
                        talk, 2, $"{what} {hours} hours", Set(magic, codec, 2, NowMs + (hours * HourMs)),
                        ("message.timestamp.before.max.ms", $"{HourMs}"), ("message.timestamp.after.max.ms", $"{HourMs}"));
                Send(talk, 2, $"{what} stamped", Set(magic, codec, 2, Base), ("message.timestamp.type", "LogAppendTime"));
                Send(
                    talk, 2, $"{what} stamped already", Set(magic, codec, 2, Base, LogAppendTimeBit),
                    ("message.timestamp.type", "LogAppendTime"));
                Send(talk, 2, $"{what} not to be turned", Set(magic, codec, 2, Base), ("message.downconversion.enable", "false"));
            }
        }
    }

    /// <summary>Batches of the current format, in several sizes, for every old version of Fetch.</summary>
    public static void Down(Conversation talk)
    {
        foreach (var codec in Codecs.Append(CompressionType.Zstd))
        {
            var topic = $"down-{codec}";
            Topics.Make(talk, topic, 1);
            foreach (var records in (int[])[2, 1, 30, 2])
                talk.Ask("fill", 9, Topics.ProduceTo(topic, Topics.Batch(codec: codec, records: records)));
            foreach (var version in (short[])[0, 1, 2, 3, 4, 10])
            {
                foreach (var offset in (long[])[0, 1, 2, 3, 20, 33, 34])
                    Fetch(talk, topic, version, offset);
                foreach (var maxBytes in (int[])[1, 11, 12, 60, 100, 150, 200, 300, 500])
                {
                    Fetch(talk, topic, version, 0, maxBytes);
                    Fetch(talk, topic, version, 3, maxBytes);
                }
            }
        }
        Topics.Make(talk, "down-mixed", 1);
        foreach (var codec in Codecs.Append(CompressionType.Zstd).Append(CompressionType.None))
            talk.Ask("fill", 9, Topics.ProduceTo("down-mixed", Topics.Batch(codec: codec)));
        foreach (var version in (short[])[0, 1, 2, 3])
        {
            foreach (var offset in (long[])[0, 5, 6, 8, 9, 10, 11])
                Fetch(talk, "down-mixed", version, offset);
        }
        // More than is turned at once.
        Topics.Make(talk, "down-long", 1);
        for (var batch = 0; batch < 30; batch++)
            talk.Ask("fill", 9, Topics.ProduceTo("down-long", Topics.Batch(records: 300)));
        foreach (var version in (short[])[0, 1, 2, 3])
            Fetch(talk, "down-long", version, 0, whole: true);
    }

    private static void Send(Conversation talk, short version, string what, byte[] set, params (string Name, string Value)[] settings)
    {
        what = $"v{version} {what}";
        var topic = "old-" + string.Concat(what.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '-'));
        Topics.Make(talk, topic, 1, settings);
        var isStamped = settings.Contains(("message.timestamp.type", "LogAppendTime"));
        var answer = talk.Unrecorded().Ask(what, version, Topics.ProduceTo(topic, set), Patience)?.Responses[0].PartitionResponses[0];
        talk.Note($"Produce {what}", new Produced(answer?.ErrorCode, answer?.BaseOffset, answer?.LogAppendTimeMs > 0));
        if (what.Contains("disputed", StringComparison.Ordinal))
            return;
        talk.Note($"stored {what}", Stored(talk, topic, isStamped));
        foreach (var fetch in (short[])[0, 2, 3, 4])
            Fetch(talk, topic, fetch, 0, isStamped: isStamped);
        foreach (var timestamp in (long[])[Base, Base + 1, Base + 101])
        {
            if (!isStamped)
                talk.Ask($"{what}: offset of {timestamp - Base}", 1, new ListOffsetsRequest
                {
                    ReplicaId = -1,
                    Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp }] }],
                });
        }
    }

    private static void Fetch(
        Conversation talk, string topic, short version, long offset, int maxBytes = 1_000_000, bool isStamped = false, bool whole = false)
    {
        var answer = talk.Unrecorded().Ask("fetch", version, new FetchRequest
        {
            MaxWaitMs = 0,
            MinBytes = 0,
            MaxBytes = 50_000_000,
            Topics = [new()
            {
                Topic = topic,
                Partitions = [new() { Partition = 0, FetchOffset = offset, PartitionMaxBytes = maxBytes }],
            }],
        })?.Responses[0].Partitions[0];
        var records = answer?.Records is { } read ? read.Memory.Span : default;
        var shown = Shown(records, isStamped, whole, out var isCompressed);
        talk.Note($"Fetch v{version} {topic} from {offset} max {maxBytes}", new Fetched(
            answer?.ErrorCode, answer?.HighWatermark, isCompressed ? -1 : records.Length, shown));
    }

    private static string[] Stored(Conversation talk, string topic, bool isStamped)
    {
        var fetched = talk.Unrecorded().Ask("stored", 11, new FetchRequest
        {
            MaxWaitMs = 0,
            MinBytes = 0,
            Topics = [new() { Topic = topic, Partitions = [new() { Partition = 0, FetchOffset = 0, PartitionMaxBytes = 1_000_000 }] }],
        });
        var records = fetched?.Responses[0].Partitions[0].Records is { } read ? read.Memory.Span : default;
        return Shown(records, isStamped, whole: false, out _);
    }

    /// <summary>
    /// Entry by entry. Codecs' own bytes differ between libraries, and so do sizes with them; what they unfold to may not.
    /// </summary>
    private static string[] Shown(ReadOnlySpan<byte> records, bool isStamped, bool whole, out bool isCompressed)
    {
        isCompressed = false;
        var shown = new List<string>();
        var entries = new RecordBatchEnumerator(records);
        while (entries.MoveNext())
        {
            var entry = entries.Current;
            isCompressed |= entry.IsCompressed;
            shown.Add(Shown(entry, isStamped));
        }
        var rest = records[^entries.RemainingBytes..];
        if (!isCompressed && rest.Length > 0)
            shown.Add($"rest of {rest.Length}: {Convert.ToHexString(rest[..Math.Min(12, rest.Length)])} {rest.IndexOfAnyExcept((byte)0)}");
        if (whole)
            return [$"{shown.Count} {Convert.ToHexString(SHA256.HashData(records))}"];
        return [.. shown];
    }

    private static string Shown(RecordBatch entry, bool isStamped)
    {
        var time = isStamped ? "" : $" {entry.BaseTimestamp} {entry.MaxTimestamp}";
        var head = $"format {entry.Magic} offset {entry.BaseOffset}+{entry.LastOffsetDelta} attributes {entry.Attributes}{time}";
        var headerBytes = entry.Magic switch { 2 => RecordBatch.HeaderBytes, 1 => 34, _ => 26 };
        var content = entry.Bytes[headerBytes..];
        if (entry.IsLegacy && !entry.IsCompressed)
            content = entry.Bytes[(headerBytes - 8)..];
        if (!entry.HasValidCrc)
            head += " damaged";
        var unfolded = new ArrayBufferWriter<byte>();
        if (!RecordCompression.TryDecompress(
            entry.CompressionType, content, unfolded, 1 << 24, out var reason, isFormat0: entry.Magic == 0))
            return $"{head} {reason}";
        var bytes = unfolded.WrittenSpan;
        // The messages in a stamped wrapper carry the time, and a checksum over it.
        return isStamped && entry.Magic == 1
            ? $"{head} {bytes.Length} bytes"
            : $"{head} {(bytes.Length > 200 ? Convert.ToHexString(SHA256.HashData(bytes)) : Convert.ToHexString(bytes))}";
    }

    private static byte[] Damaged(byte[] message)
    {
        byte[] damaged = [.. message];
        damaged[^1] ^= 1;
        return damaged;
    }

    private static byte[] Edited(byte[] message, int at, byte value)
    {
        byte[] edited = [.. message];
        edited[at] = value;
        return edited;
    }

    private static byte[] Lengthened(byte[] message)
    {
        byte[] longer = [.. message, 1, 2, 3];
        BinaryPrimitives.WriteInt32BigEndian(longer.AsSpan(8), longer.Length - RecordBatch.LengthOverheadBytes);
        return longer;
    }

    private sealed record Produced(KafkaError? Error, long? BaseOffset, bool HasLogAppendTime);

    private sealed record Fetched(KafkaError? Error, long? HighWatermark, int Bytes, string[] Records);
}
