using System.Buffers;
using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>
/// Puts the records of a batch into another codec: records are relative to their header, so their bytes stay and only the envelope is made
/// anew.
/// </summary>
public static class RecordBatchCodec
{
    /// <summary>The same batch with its records, given uncompressed, in another codec; in memory of its own, with its checksum.</summary>
    public static byte[] Change(RecordBatch batch, ReadOnlySpan<byte> uncompressedRecords, CompressionType compressionType, int level)
    {
        var output = new ArrayBufferWriter<byte>(RecordBatch.HeaderBytes + uncompressedRecords.Length / 2 + 64);
        output.Write(batch.Bytes[..RecordBatch.HeaderBytes]);
        RecordCompression.Compress(compressionType, uncompressedRecords, output, level);
        var changed = output.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(RecordBatch.BatchLengthAt), changed.Length - RecordBatch.LengthOverheadBytes);
        BinaryPrimitives.WriteInt16BigEndian(
            changed.AsSpan(RecordBatch.AttributesAt), (short)((batch.Attributes & ~RecordBatch.CodecMask) | (byte)compressionType));
        new MutableRecordBatch(changed).UpdateCrc();
        return changed;
    }
}
