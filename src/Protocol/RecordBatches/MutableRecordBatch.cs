using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>
/// Sets fields of one batch of magic 2 where it lies. Base offset and partition leader epoch are outside the checksum, so the leader
/// assigns them for nothing; a change of the timestamp costs a new checksum over the batch.
/// </summary>
public readonly ref struct MutableRecordBatch(Span<byte> bytes)
{
    private readonly Span<byte> bytes = bytes;

    public RecordBatch View => new(bytes);

    public void SetBaseOffset(long baseOffset) => BinaryPrimitives.WriteInt64BigEndian(bytes, baseOffset);

    public void SetPartitionLeaderEpoch(LeaderEpoch leaderEpoch)
        => BinaryPrimitives.WriteInt32BigEndian(bytes[RecordBatch.PartitionLeaderEpochAt..], leaderEpoch.Value);

    /// <summary>Sets maxTimestamp in ms and the timestamp type; leaves the bytes alone when both are so already.</summary>
    public void SetMaxTimestamp(TimestampType timestampType, long maxTimestamp)
    {
        var view = View;
        if (view.TimestampType == timestampType && view.MaxTimestamp == maxTimestamp)
            return;
        var attributes = (short)((view.Attributes & ~RecordBatch.LogAppendTimeBit) | (
            timestampType == TimestampType.LogAppendTime ? RecordBatch.LogAppendTimeBit : 0));
        BinaryPrimitives.WriteInt16BigEndian(bytes[RecordBatch.AttributesAt..], attributes);
        BinaryPrimitives.WriteInt64BigEndian(bytes[RecordBatch.MaxTimestampAt..], maxTimestamp);
        UpdateCrc();
    }

    /// <summary>Makes the checksum fit the bytes.</summary>
    public void UpdateCrc() => BinaryPrimitives.WriteUInt32BigEndian(bytes[RecordBatch.CrcAt..], View.ComputeCrc());
}
