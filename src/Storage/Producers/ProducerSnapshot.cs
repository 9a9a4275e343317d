using System.Buffers.Binary;
using KafkaCompatBroker.Kernel.Checksums;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>
/// The content of a <c>.snapshot</c> file: the producers of a log as of the offset in its name, of each only the last batch. Version 1.
/// Written by rising producer id, so that the same producers give the same bytes.
/// </summary>
internal static class ProducerSnapshot
{
    private const short Version = 1;
    private const int CrcAt = 2, CountAt = 6, EntriesAt = 10;
    /// <summary>The fields of an entry, which begins with the producer id.</summary>
    private const int EpochAt = 8, LastSequenceAt = 10, LastOffsetAt = 14, OffsetDeltaAt = 22, LastTimestampAt = 26,
        CoordinatorEpochAt = 34, CurrentTxnFirstOffsetAt = 38, EntryBytes = 46;

    public static byte[] Encode(IReadOnlyCollection<ProducerState> producers)
    {
        var bytes = new byte[EntriesAt + producers.Count * EntryBytes];
        BinaryPrimitives.WriteInt16BigEndian(bytes, Version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(CountAt), producers.Count);
        var entry = bytes.AsSpan(EntriesAt);
        foreach (var producer in producers.OrderBy(static producer => producer.ProducerId))
        {
            WriteEntry(entry, producer);
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
            producers.Add(ReadEntry(entry));
        return true;
    }

    private static void WriteEntry(Span<byte> entry, ProducerState producer)
    {
        var last = producer.LastBatch;
        BinaryPrimitives.WriteInt64BigEndian(entry, producer.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(entry[EpochAt..], producer.Epoch);
        BinaryPrimitives.WriteInt32BigEndian(entry[LastSequenceAt..], last?.LastSequence ?? ProducerState.NoSequence);
        BinaryPrimitives.WriteInt64BigEndian(entry[LastOffsetAt..], last?.LastOffset ?? -1);
        BinaryPrimitives.WriteInt32BigEndian(entry[OffsetDeltaAt..], last?.OffsetDelta ?? 0);
        BinaryPrimitives.WriteInt64BigEndian(entry[LastTimestampAt..], producer.LastTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[CoordinatorEpochAt..], producer.CoordinatorEpoch);
        BinaryPrimitives.WriteInt64BigEndian(entry[CurrentTxnFirstOffsetAt..], producer.CurrentTxnFirstOffset);
    }

    private static ProducerState ReadEntry(ReadOnlySpan<byte> entry)
    {
        var timestamp = BinaryPrimitives.ReadInt64BigEndian(entry[LastTimestampAt..]);
        var lastBatch = new ProducedBatch(
            LastSequence: BinaryPrimitives.ReadInt32BigEndian(entry[LastSequenceAt..]),
            LastOffset: BinaryPrimitives.ReadInt64BigEndian(entry[LastOffsetAt..]),
            OffsetDelta: BinaryPrimitives.ReadInt32BigEndian(entry[OffsetDeltaAt..]),
            Timestamp: timestamp);
        return ProducerState.Restore(
            producerId: BinaryPrimitives.ReadInt64BigEndian(entry),
            epoch: BinaryPrimitives.ReadInt16BigEndian(entry[EpochAt..]),
            lastBatch: lastBatch.LastOffset < 0 ? null : lastBatch,
            lastTimestamp: timestamp,
            coordinatorEpoch: BinaryPrimitives.ReadInt32BigEndian(entry[CoordinatorEpochAt..]),
            currentTxnFirstOffset: BinaryPrimitives.ReadInt64BigEndian(entry[CurrentTxnFirstOffsetAt..]));
    }
}
