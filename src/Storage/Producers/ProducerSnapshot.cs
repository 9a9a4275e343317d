using System.Buffers.Binary;
using KafkaCompatBroker.Kernel.Checksums;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>
/// The <c>.snapshot</c> file: the producers of a log as of the offset in its name, of each only the last batch. Version 1.
/// </summary>
internal static class ProducerSnapshot
{
    private const short Version = 1;
    private const int CrcAt = 2, CountAt = 6, EntriesAt = 10;
    private const int EntryBytes = 46;

    public static byte[] Encode(IReadOnlyCollection<ProducerState> producers)
    {
        var bytes = new byte[EntriesAt + producers.Count * EntryBytes];
        BinaryPrimitives.WriteInt16BigEndian(bytes, Version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(CountAt), producers.Count);
        var entry = bytes.AsSpan(EntriesAt);
        foreach (var producer in producers)
        {
            var last = producer.LastBatch ?? new ProducedBatch(ProducerState.NoSequence, -1, 0, -1);
            BinaryPrimitives.WriteInt64BigEndian(entry, producer.ProducerId);
            BinaryPrimitives.WriteInt16BigEndian(entry[8..], producer.Epoch);
            BinaryPrimitives.WriteInt32BigEndian(entry[10..], last.LastSequence);
            BinaryPrimitives.WriteInt64BigEndian(entry[14..], last.LastOffset);
            BinaryPrimitives.WriteInt32BigEndian(entry[22..], last.OffsetDelta);
            BinaryPrimitives.WriteInt64BigEndian(entry[26..], producer.LastTimestamp);
            BinaryPrimitives.WriteInt32BigEndian(entry[34..], producer.CoordinatorEpoch);
            BinaryPrimitives.WriteInt64BigEndian(entry[38..], producer.CurrentTxnFirstOffset);
            entry = entry[EntryBytes..];
        }
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(CrcAt), Crc32C.Compute(bytes.AsSpan(CountAt)));
        return bytes;
    }

    /// <summary>False when the bytes are not a whole snapshot: written in part, or of another version.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out List<ProducerState> producers)
    {
        producers = [];
        if (bytes.Length < EntriesAt || BinaryPrimitives.ReadInt16BigEndian(bytes) != Version
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcAt..]) != Crc32C.Compute(bytes[CountAt..]))
            return false;
        var count = BinaryPrimitives.ReadInt32BigEndian(bytes[CountAt..]);
        if (count < 0 || count * (long)EntryBytes != bytes.Length - EntriesAt)
            return false;
        for (var entry = bytes[EntriesAt..]; !entry.IsEmpty; entry = entry[EntryBytes..])
        {
            var timestamp = BinaryPrimitives.ReadInt64BigEndian(entry[26..]);
            var lastOffset = BinaryPrimitives.ReadInt64BigEndian(entry[14..]);
            ProducedBatch? lastBatch = lastOffset < 0 ? null
                : new ProducedBatch(
                    BinaryPrimitives.ReadInt32BigEndian(entry[10..]), lastOffset, BinaryPrimitives.ReadInt32BigEndian(entry[22..]),
                    timestamp);
            producers.Add(ProducerState.Restore(
                BinaryPrimitives.ReadInt64BigEndian(entry), BinaryPrimitives.ReadInt16BigEndian(entry[8..]), lastBatch, timestamp,
                BinaryPrimitives.ReadInt32BigEndian(entry[34..]), BinaryPrimitives.ReadInt64BigEndian(entry[38..])));
        }
        return true;
    }
}
