using System.Buffers.Binary;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>What a control record controls. Kafka has more types, which only KRaft writes; they are numbers without a name here.</summary>
public enum ControlRecordType : short
{
    Abort = 0,
    Commit = 1,
}

/// <summary>
/// The record of a control batch, which is its only one: a key that holds a version and a type, and a value that holds a version and, in
/// a marker that ends a transaction, the epoch of the coordinator that wrote it. As in Kafka, a version that is newer than those known
/// lays out its first fields in the same way. KIP-98.
/// </summary>
/// <param name="CoordinatorEpoch">−1 unless the record ends a transaction.</param>
/// <param name="Timestamp">In ms.</param>
public readonly record struct ControlRecord(ControlRecordType Type, int CoordinatorEpoch, long Timestamp)
{
    private const int TypeAt = sizeof(short), KeyMinBytes = 2 * sizeof(short);
    private const int CoordinatorEpochAt = sizeof(short), MarkerMinBytes = sizeof(short) + sizeof(int);

    /// <summary>Whether the record is the marker that commits or aborts its producer's transaction.</summary>
    public bool EndsTransaction => IsEnd(Type);

    /// <summary>
    /// The control batch of a transaction's marker as Kafka's leaders write it: versions 0, no compression, no sequence, and offsets that
    /// the log assigns.
    /// </summary>
    public static byte[] MarkerBatch(ProducerIdAndEpoch producer, ControlRecord marker)
    {
        Invariant.Holds(marker.EndsTransaction);
        var (key, value) = (new byte[KeyMinBytes], new byte[MarkerMinBytes]);
        BinaryPrimitives.WriteInt16BigEndian(key.AsSpan(TypeAt), (short)marker.Type);
        BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(CoordinatorEpochAt), marker.CoordinatorEpoch);
        var batch = new RecordBatchBuilder { Producer = producer, IsTransactional = true, IsControl = true };
        batch.Append(marker.Timestamp, key, value);
        return batch.Build();
    }

    /// <summary>
    /// Reads the record of a control batch whose bytes are all there; false when it is malformed or, as no control batch is, compressed.
    /// </summary>
    public static bool TryRead(RecordBatch batch, out ControlRecord control)
    {
        control = default;
        if (batch.IsCompressed)
            return false;
        var records = batch.Records();
        return records.MoveNext() && TryRead(records.Current, out control);
    }

    /// <summary>Reads a record of a control batch; false when it is malformed.</summary>
    public static bool TryRead(Record record, out ControlRecord control)
        => TryRead(record.Key, record.Value, record.Timestamp, out control);

    /// <inheritdoc cref="TryRead(Record, out ControlRecord)"/>
    public static bool TryRead(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long timestamp, out ControlRecord control)
    {
        control = default;
        if (key.Length < KeyMinBytes || BinaryPrimitives.ReadInt16BigEndian(key) < 0)
            return false;
        var type = (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(key[TypeAt..]);
        if (IsEnd(type) && (value.Length < MarkerMinBytes || BinaryPrimitives.ReadInt16BigEndian(value) < 0))
            return false;
        var coordinatorEpoch = IsEnd(type) ? BinaryPrimitives.ReadInt32BigEndian(value[CoordinatorEpochAt..]) : -1;
        control = new ControlRecord(type, coordinatorEpoch, timestamp);
        return true;
    }

    private static bool IsEnd(ControlRecordType type) => type is ControlRecordType.Abort or ControlRecordType.Commit;
}
