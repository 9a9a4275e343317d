using System.Buffers;
using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>
/// Puts the records of a batch into another codec: records are relative to their header, so their bytes stay and only the envelope is made
/// anew. <see cref="Begin"/>, then the records in the other codec, then <see cref="End"/>.
/// </summary>
public static class RecordBatchCodec
{
    /// <summary>The same batch with its records, given uncompressed, in another codec; in memory of its own, with its checksum.</summary>
    public static byte[] Change(RecordBatch batch, ReadOnlySpan<byte> uncompressedRecords, CompressionType compressionType, int level)
    {
        var output = new ArrayBufferWriter<byte>(RecordBatch.HeaderBytes + uncompressedRecords.Length / 2 + 64);
        Begin(batch, output);
        RecordCompression.Compress(compressionType, uncompressedRecords, output, level);
        var changed = output.WrittenSpan.ToArray();
        End(changed, compressionType);
        return changed;
    }

    /// <summary>Writes the batch's header, whose length, codec and checksum are not right yet.</summary>
    public static void Begin(RecordBatch batch, IBufferWriter<byte> output) => output.Write(batch.Bytes[..RecordBatch.HeaderBytes]);

    /// <summary>Makes the header fit to what follows it.</summary>
    public static void End(Span<byte> changed, CompressionType compressionType)
    {
        var batch = new MutableRecordBatch(changed);
        BinaryPrimitives.WriteInt32BigEndian(changed[RecordBatch.BatchLengthAt..], changed.Length - RecordBatch.LengthOverheadBytes);
        BinaryPrimitives.WriteInt16BigEndian(
            changed[RecordBatch.AttributesAt..], (short)((batch.View.Attributes & ~RecordBatch.CodecMask) | (byte)compressionType));
        batch.UpdateCrc();
    }
}
