using System.Buffers.Binary;
using KafkaCompatBroker.Kernel.Checksums;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>
/// A view of one batch of magic 2: a 61-byte header, then the records, compressed as a whole when the attributes name a codec. The header
/// accessors work on a span that holds the header alone, as read from a file; whatever touches records or the checksum needs all
/// <see cref="SizeInBytes"/> bytes. A view checks nothing. A message of format 0 or 1 (<see cref="IsLegacy"/>) begins in the same way, and
/// what it cannot have, it has not: a producer, a leader epoch, transactions. Its one offset is that of its last record, since it may be
/// the wrapper of many that are compressed; its records are read by <see cref="Legacy.MessageWalk"/>.
/// </summary>
public readonly ref struct RecordBatch(ReadOnlySpan<byte> bytes)
{
    /// <summary>The bytes before and including the length field, which the length does not count.</summary>
    public const int LengthOverheadBytes = 12;
    public const int HeaderBytes = 61;
    /// <summary>What the accessors need of a message of format 0 or 1, however short it is.</summary>
    public const int LegacyHeaderBytes = 26;
    public const sbyte CurrentMagic = 2;
    /// <summary>The least length field that Kafka lets pass as a record of any format.</summary>
    public const int LeastBatchLength = 14;

    public const int MagicAt = 16, AttributesAt = 21;
    internal const int LegacyCrcAt = 12, LegacyAttributesAt = 17, LegacyTimestampAt = 18;
    internal const int BatchLengthAt = 8, PartitionLeaderEpochAt = 12, CrcAt = 17, LastOffsetDeltaAt = 23, BaseTimestampAt = 27,
        MaxTimestampAt = 35, ProducerIdAt = 43, ProducerEpochAt = 51, BaseSequenceAt = 53, RecordCountAt = 57;
    internal const short CodecMask = 0x07, LogAppendTimeBit = 0x08, TransactionalBit = 0x10, ControlBit = 0x20, DeleteHorizonBit = 0x40;

    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>In formats 0 and 1 the offset of the last record.</summary>
    public long BaseOffset => BinaryPrimitives.ReadInt64BigEndian(bytes);
    /// <summary>The length field: bytes after it.</summary>
    public int BatchLength => BinaryPrimitives.ReadInt32BigEndian(bytes[BatchLengthAt..]);
    /// <summary>The whole batch, header included.</summary>
    public int SizeInBytes => LengthOverheadBytes + BatchLength;
    public LeaderEpoch PartitionLeaderEpoch
        => IsLegacy ? LeaderEpoch.Unknown : new(BinaryPrimitives.ReadInt32BigEndian(bytes[PartitionLeaderEpochAt..]));
    public sbyte Magic => (sbyte)bytes[MagicAt];
    /// <summary>Whether it is a message of format 0 or 1.</summary>
    public bool IsLegacy => Magic < CurrentMagic;
    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(bytes[(IsLegacy ? LegacyCrcAt : CrcAt)..]);
    /// <summary>Where the bytes begin that the checksum covers; they go to the end.</summary>
    public int CrcCoversFrom => IsLegacy ? MagicAt : AttributesAt;
    public short Attributes => IsLegacy ? bytes[LegacyAttributesAt] : BinaryPrimitives.ReadInt16BigEndian(bytes[AttributesAt..]);
    public int LastOffsetDelta => IsLegacy ? 0 : BinaryPrimitives.ReadInt32BigEndian(bytes[LastOffsetDeltaAt..]);
    public long LastOffset => BaseOffset + LastOffsetDelta;
    public long NextOffset => LastOffset + 1;
    /// <summary>What the records' timestamps are relative to; after compaction it can be the delete horizon.</summary>
    public long BaseTimestamp => IsLegacy ? MaxTimestamp : BinaryPrimitives.ReadInt64BigEndian(bytes[BaseTimestampAt..]);
    /// <summary>−1 in format 0, which has none.</summary>
    public long MaxTimestamp => Magic switch
    {
        CurrentMagic => BinaryPrimitives.ReadInt64BigEndian(bytes[MaxTimestampAt..]),
        1 => BinaryPrimitives.ReadInt64BigEndian(bytes[LegacyTimestampAt..]),
        _ => -1,
    };
    public ProducerIdAndEpoch Producer => IsLegacy ? ProducerIdAndEpoch.None : new(
        BinaryPrimitives.ReadInt64BigEndian(bytes[ProducerIdAt..]), BinaryPrimitives.ReadInt16BigEndian(bytes[ProducerEpochAt..]));
    public bool HasProducerId => !IsLegacy && BinaryPrimitives.ReadInt64BigEndian(bytes[ProducerIdAt..]) >= 0;
    public int BaseSequence => IsLegacy ? -1 : BinaryPrimitives.ReadInt32BigEndian(bytes[BaseSequenceAt..]);
    /// <summary>The sequence of the last record; it wraps from 2³¹−1 to 0.</summary>
    public int LastSequence => BaseSequence < 0 ? BaseSequence : (int)(((long)BaseSequence + LastOffsetDelta) & int.MaxValue);
    /// <summary>Formats 0 and 1 do not say: −1.</summary>
    public int RecordCount => IsLegacy ? -1 : BinaryPrimitives.ReadInt32BigEndian(bytes[RecordCountAt..]);
    /// <summary>The number in the codec bits, which need not be a codec.</summary>
    public int CodecId => Attributes & CodecMask;
    public CompressionType CompressionType => (CompressionType)CodecId;
    public bool IsCompressed => CodecId != 0;
    /// <summary>Format 0 has neither.</summary>
    public TimestampType TimestampType
        => Magic > 0 && (Attributes & LogAppendTimeBit) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;
    public bool IsTransactional => !IsLegacy && (Attributes & TransactionalBit) != 0;
    public bool IsControl => !IsLegacy && (Attributes & ControlBit) != 0;
    public bool HasDeleteHorizon => !IsLegacy && (Attributes & DeleteHorizonBit) != 0;

    /// <summary>Whether there is such a format, and a batch of it can have this length.</summary>
    public bool HasPossibleLength => Magic switch
    {
        CurrentMagic => BatchLength >= HeaderBytes - LengthOverheadBytes,
        0 or 1 => BatchLength >= LeastBatchLength,
        _ => false,
    };

    /// <summary>The batch's own bytes: the view may begin a longer run.</summary>
    public ReadOnlySpan<byte> Bytes => bytes[..SizeInBytes];
    /// <summary>The records as stored: compressed when a codec is set.</summary>
    public ReadOnlySpan<byte> RecordsBytes => bytes[HeaderBytes..SizeInBytes];

    public uint ComputeCrc()
        => IsLegacy ? Crc32.Append(0, bytes[MagicAt..SizeInBytes]) : Crc32C.Compute(bytes[AttributesAt..SizeInBytes]);
    public bool HasValidCrc => Crc == ComputeCrc();

    /// <summary>The records of an uncompressed batch, or of a compressed one whose decompressed records are given. No allocation.</summary>
    public RecordEnumerator Records(ReadOnlySpan<byte> uncompressedRecords) => new(this, uncompressedRecords);

    /// <summary>The records of an uncompressed batch. No allocation.</summary>
    public RecordEnumerator Records()
    {
        Invariant.Holds(!IsCompressed && !IsLegacy);
        return new RecordEnumerator(this, RecordsBytes);
    }
}
