using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>What the header of a batch of magic 2 says, to be written in front of the records once these are known.</summary>
internal readonly record struct RecordBatchHeader
{
    public long BaseOffset { get; init; }
    public required LeaderEpoch PartitionLeaderEpoch { get; init; }
    public CompressionType CompressionType { get; init; }
    public TimestampType TimestampType { get; init; }
    public bool IsTransactional { get; init; }
    public bool IsControl { get; init; }
    public required long BaseTimestamp { get; init; }
    public required long MaxTimestamp { get; init; }
    public required ProducerIdAndEpoch Producer { get; init; }
    public required int BaseSequence { get; init; }
    public required int RecordCount { get; init; }
    /// <summary>Of the last offset to the first; −1 stands for records without gaps. A compacted batch keeps that of before.</summary>
    public int LastOffsetDelta { get; init; } = -1;
    /// <summary>Whether <see cref="BaseTimestamp"/> is the time from which compaction may drop the batch's tombstones. KIP-534.</summary>
    public bool HasDeleteHorizon { get; init; }

    public RecordBatchHeader()
    {
    }

    /// <summary>What the header of a batch of magic 2 says.</summary>
    public static RecordBatchHeader Of(RecordBatch batch) => new()
    {
        BaseOffset = batch.BaseOffset,
        PartitionLeaderEpoch = batch.PartitionLeaderEpoch,
        CompressionType = batch.CompressionType,
        TimestampType = batch.TimestampType,
        IsTransactional = batch.IsTransactional,
        IsControl = batch.IsControl,
        BaseTimestamp = batch.BaseTimestamp,
        MaxTimestamp = batch.MaxTimestamp,
        Producer = batch.Producer,
        BaseSequence = batch.BaseSequence,
        RecordCount = batch.RecordCount,
        LastOffsetDelta = batch.LastOffsetDelta,
        HasDeleteHorizon = batch.HasDeleteHorizon,
    };

    /// <summary>Writes the header at the start of the batch, behind which the records stand already, and the checksum of all.</summary>
    public void Write(Span<byte> batch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.BatchLengthAt..], batch.Length - RecordBatch.LengthOverheadBytes);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.PartitionLeaderEpochAt..], PartitionLeaderEpoch.Value);
        batch[RecordBatch.MagicAt] = (byte)RecordBatch.CurrentMagic;
        var attributes = (short)((byte)CompressionType | (TimestampType == TimestampType.LogAppendTime ? RecordBatch.LogAppendTimeBit : 0)
            | (IsTransactional ? RecordBatch.TransactionalBit : 0) | (IsControl ? RecordBatch.ControlBit : 0)
            | (HasDeleteHorizon ? RecordBatch.DeleteHorizonBit : 0));
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatch.AttributesAt..], attributes);
        BinaryPrimitives.WriteInt32BigEndian(
            batch[RecordBatch.LastOffsetDeltaAt..], LastOffsetDelta >= 0 ? LastOffsetDelta : RecordCount - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.BaseTimestampAt..], BaseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.MaxTimestampAt..], MaxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.ProducerIdAt..], Producer.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatch.ProducerEpochAt..], Producer.Epoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.BaseSequenceAt..], BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.RecordCountAt..], RecordCount);
        new MutableRecordBatch(batch).UpdateCrc();
    }
}
