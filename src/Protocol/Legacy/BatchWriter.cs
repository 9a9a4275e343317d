using System.Buffers;
using System.Runtime.InteropServices;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Protocol.Legacy;

/// <summary>
/// Writes records without headers as one batch of magic 2, compressed while they come. <see cref="Append"/> for each, then
/// <see cref="End"/>; the output may not be used in between. Dispose gives back what it took.
/// </summary>
/// <param name="output">What is there already stays.</param>
/// <param name="level">The codec's, or its default.</param>
/// <param name="outputMaxBytes">Once the batch is larger, it is known to be of no use, and nothing more is written.</param>
public sealed class BatchWriter(ArrayBufferWriter<byte> output, CompressionType codec, int level, int outputMaxBytes) : IDisposable
{
    private readonly int start = output.WrittenCount;
    private RecordCompressor? compressor;
    private long baseTimestamp = -1;
    private int recordCount;

    /// <summary>In ms; −1 when no record has one.</summary>
    public long MaxTimestamp { get; private set; } = -1;

    private bool IsTooLarge => output.WrittenCount - start > outputMaxBytes;

    /// <summary>Adds a record. Timestamp in ms, −1 for none.</summary>
    public void Append(long timestamp, ReadOnlySpan<byte> key, bool hasKey, ReadOnlySpan<byte> value, bool hasValue)
    {
        if (recordCount == 0)
            Begin(timestamp);
        MaxTimestamp = Math.Max(MaxTimestamp, timestamp);
        var valueBytes = hasValue ? value.Length : -1;
        Span<byte> fields = stackalloc byte[RecordStart.MaxBytes];
        Write(fields[..RecordStart.Write(
            fields, timestamp - baseTimestamp, recordCount++, hasKey ? key.Length : -1, valueBytes, headersBytes: 1)]);
        Write(key);
        Write(fields[..Varint.Write(fields, valueBytes)]);
        Write(value);
        Write([0]);
    }

    /// <summary>There are no more records, of which there is one at least. The batch's bytes, in the output.</summary>
    public Span<byte> End()
    {
        Invariant.Holds(compressor is not null);
        compressor.End();
        var batch = MemoryMarshal.AsMemory(output.WrittenMemory)[start..].Span;
        new RecordBatchHeader
        {
            PartitionLeaderEpoch = LeaderEpoch.Unknown,
            CompressionType = codec,
            BaseTimestamp = baseTimestamp,
            MaxTimestamp = MaxTimestamp,
            Producer = ProducerIdAndEpoch.None,
            BaseSequence = -1,
            RecordCount = recordCount,
        }.Write(batch);
        return batch;
    }

    public void Dispose() => compressor?.Dispose();

    private void Begin(long timestamp)
    {
        baseTimestamp = timestamp;
        output.GetSpan(RecordBatch.HeaderBytes)[..RecordBatch.HeaderBytes].Clear();
        output.Advance(RecordBatch.HeaderBytes);
        compressor = new RecordCompressor(codec, level, output);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (!IsTooLarge)
            compressor!.Write(bytes);
    }
}
