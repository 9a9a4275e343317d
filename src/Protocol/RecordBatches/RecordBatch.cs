using System.Buffers.Binary;
using KafkaCompatBroker.Kernel.Checksums;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>
/// A view of one batch of magic 2: a 61-byte header, then the records, compressed as a whole when the attributes name a codec. The header
/// accessors work on a span that holds the header alone, as read from a file; whatever touches records or the checksum needs all
/// <see cref="SizeInBytes"/> bytes. A view checks nothing.
/// </summary>
public readonly ref struct RecordBatch(ReadOnlySpan<byte> bytes)
{
    /// <summary>The bytes before and including the length field, which the length does not count.</summary>
    public const int LengthOverheadBytes = 12;
    public const int HeaderBytes = 61;
    public const sbyte CurrentMagic = 2;
    /// <summary>The least length field that Kafka lets pass as a record of any format.</summary>
    public const int LeastBatchLength = 14;

    public const int MagicAt = 16, AttributesAt = 21;
    internal const int BatchLengthAt = 8, PartitionLeaderEpochAt = 12, CrcAt = 17, LastOffsetDeltaAt = 23, BaseTimestampAt = 27,
        MaxTimestampAt = 35, ProducerIdAt = 43, ProducerEpochAt = 51, BaseSequenceAt = 53, RecordCountAt = 57;
    internal const short CodecMask = 0x07, LogAppendTimeBit = 0x08, TransactionalBit = 0x10, ControlBit = 0x20, DeleteHorizonBit = 0x40;

    private readonly ReadOnlySpan<byte> bytes = bytes;

    public long BaseOffset => BinaryPrimitives.ReadInt64BigEndian(bytes);
    /// <summary>The length field: bytes after it.</summary>
    public int BatchLength => BinaryPrimitives.ReadInt32BigEndian(bytes[BatchLengthAt..]);
    /// <summary>The whole batch, header included.</summary>
    public int SizeInBytes => LengthOverheadBytes + BatchLength;
    public LeaderEpoch PartitionLeaderEpoch => new(BinaryPrimitives.ReadInt32BigEndian(bytes[PartitionLeaderEpochAt..]));
    public sbyte Magic => (sbyte)bytes[MagicAt];
    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcAt..]);
    public short Attributes => BinaryPrimitives.ReadInt16BigEndian(bytes[AttributesAt..]);
    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(bytes[LastOffsetDeltaAt..]);
    public long LastOffset => BaseOffset + LastOffsetDelta;
    public long NextOffset => LastOffset + 1;
    /// <summary>What the records' timestamps are relative to; after compaction it can be the delete horizon.</summary>
    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(bytes[BaseTimestampAt..]);
    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(bytes[MaxTimestampAt..]);
    public ProducerIdAndEpoch Producer => new(
        BinaryPrimitives.ReadInt64BigEndian(bytes[ProducerIdAt..]), BinaryPrimitives.ReadInt16BigEndian(bytes[ProducerEpochAt..]));
    public bool HasProducerId => BinaryPrimitives.ReadInt64BigEndian(bytes[ProducerIdAt..]) >= 0;
    public int BaseSequence => BinaryPrimitives.ReadInt32BigEndian(bytes[BaseSequenceAt..]);
    /// <summary>The sequence of the last record; it wraps from 2³¹−1 to 0.</summary>
    public int LastSequence => BaseSequence < 0 ? BaseSequence : (int)(((long)BaseSequence + LastOffsetDelta) & int.MaxValue);
    public int RecordCount => BinaryPrimitives.ReadInt32BigEndian(bytes[RecordCountAt..]);
    /// <summary>The number in the codec bits, which need not be a codec.</summary>
    public int CodecId => Attributes & CodecMask;
    public CompressionType CompressionType => (CompressionType)CodecId;
    public bool IsCompressed => CodecId != 0;
    public TimestampType TimestampType => (Attributes & LogAppendTimeBit) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;
    public bool IsTransactional => (Attributes & TransactionalBit) != 0;
    public bool IsControl => (Attributes & ControlBit) != 0;
    public bool HasDeleteHorizon => (Attributes & DeleteHorizonBit) != 0;

    /// <summary>The batch's own bytes: the view may begin a longer run.</summary>
    public ReadOnlySpan<byte> Bytes => bytes[..SizeInBytes];
    /// <summary>The records as stored: compressed when a codec is set.</summary>
    public ReadOnlySpan<byte> RecordsBytes => bytes[HeaderBytes..SizeInBytes];

    public uint ComputeCrc() => Crc32C.Compute(bytes[AttributesAt..SizeInBytes]);
    public bool HasValidCrc => Crc == ComputeCrc();

    /// <summary>The records of an uncompressed batch, or of a compressed one whose decompressed records are given. No allocation.</summary>
    public RecordEnumerator Records(ReadOnlySpan<byte> uncompressedRecords) => new(this, uncompressedRecords);

    /// <summary>The records of an uncompressed batch. No allocation.</summary>
    public RecordEnumerator Records()
    {
        Invariant.Holds(!IsCompressed);
        return new RecordEnumerator(this, RecordsBytes);
    }
}
