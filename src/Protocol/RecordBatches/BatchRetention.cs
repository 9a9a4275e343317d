using System.Buffers;
using System.Runtime.InteropServices;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>
/// Writes batches of magic 2 with those of their records that compaction keeps, as Kafka's MemoryRecords.filterTo does: one of which all is
/// kept is copied as it is; of another its offsets, its sequences and its codec stay. Used by one thread for any number of batches, in
/// buffers that are kept between them: none of it is allocated for a record. Dispose gives them back.
/// </summary>
public sealed class BatchRetention : IDisposable
{
    /// <summary>Of the records of a malformed batch there is no telling.</summary>
    public const int Malformed = -1;

    /// <summary>What is kept of the buffer for unfolded records between batches.</summary>
    private const int KeptBufferBytes = 4 * 1024 * 1024;

    private readonly RetentionFlags kept = new();
    private ArrayBufferWriter<byte> unfolded = new();

    public void Dispose() => kept.Dispose();

    /// <summary>
    /// Adds what is kept of a batch, all of whose bytes are there and whose checksum is right, to the output. Returns how many records that
    /// are; nothing is written when there are none, or when they are <see cref="Malformed"/>.
    /// </summary>
    public int Write<TRetention>(RecordBatch batch, ref TRetention retention, DeleteHorizon horizon, ArrayBufferWriter<byte> output)
        where TRetention : struct, IRetention
    {
        if (!TryUnfold(batch, out var records))
            return Malformed;
        var count = Decide(batch.Records(records), ref retention, out var hasTombstones);
        if (count <= 0)
            return count;
        var setsHorizon = !batch.HasDeleteHorizon && (hasTombstones || horizon.IsForAll);
        if (count == batch.RecordCount && !setsHorizon)
            output.Write(batch.Bytes);
        else
            Rewrite(batch, records, count, setsHorizon ? horizon.TimeMs : null, output);
        return count;
    }

    /// <summary>
    /// Tells the visitor of each record, whose answer is whether it wants more. False when the records are malformed.
    /// </summary>
    public bool TryVisit<TRetention>(RecordBatch batch, ref TRetention visitor)
        where TRetention : struct, IRetention
    {
        if (!TryUnfold(batch, out var bytes))
            return false;
        var records = batch.Records(bytes);
        while (records.MoveNext())
        {
            var record = records.Current;
            if (!visitor.Keeps(record.Offset, record.Key, record.HasKey, record.HasValue))
                return true;
        }
        return records.Error is null;
    }

    /// <summary>
    /// Adds what remains of a batch of magic 2 that keeps its place for the sake of its offsets or its sequences: its header without any
    /// record.
    /// </summary>
    public static void WriteEmpty(RecordBatch batch, ArrayBufferWriter<byte> output)
    {
        var header = RecordBatchHeader.Of(batch) with
        {
            CompressionType = CompressionType.None,
            BaseTimestamp = -1,
            RecordCount = 0,
            HasDeleteHorizon = false,
        };
        header.Write(output.GetSpan(RecordBatch.HeaderBytes)[..RecordBatch.HeaderBytes]);
        output.Advance(RecordBatch.HeaderBytes);
    }

    private bool TryUnfold(RecordBatch batch, out ReadOnlySpan<byte> records)
    {
        records = batch.RecordsBytes;
        if (!batch.IsCompressed || batch.RecordCount == 0)
            return true;
        if (unfolded.Capacity > KeptBufferBytes)
            unfolded = new ArrayBufferWriter<byte>();
        unfolded.ResetWrittenCount();
        var isUnfolded = RecordCompression.TryDecompress(
            batch.CompressionType, records, unfolded, Limits.DecompressedBatchBytes, out _);
        records = unfolded.WrittenSpan;
        return isUnfolded;
    }

    private int Decide<TRetention>(RecordEnumerator records, ref TRetention retention, out bool hasTombstones)
        where TRetention : struct, IRetention
    {
        hasTombstones = false;
        kept.Clear();
        while (records.MoveNext())
        {
            var record = records.Current;
            var isKept = retention.Keeps(record.Offset, record.Key, record.HasKey, record.HasValue);
            kept.Add(isKept);
            hasTombstones |= isKept && !record.HasValue;
        }
        return records.Error is null ? kept.SetCount : Malformed;
    }

    /// <summary>
    /// The header's time becomes the delete horizon where there is one, and else that of the first record that is kept; the records say
    /// theirs relative to it.
    /// </summary>
    private void Rewrite(
        RecordBatch batch, ReadOnlySpan<byte> bytes, int count, long? horizonMs, ArrayBufferWriter<byte> output)
    {
        var baseTimestamp = horizonMs ?? (batch.HasDeleteHorizon ? batch.BaseTimestamp : FirstKeptTimestamp(batch.Records(bytes)));
        var keepsDeltas = baseTimestamp == batch.BaseTimestamp && batch.TimestampType == TimestampType.CreateTime;
        var start = output.WrittenCount;
        output.GetSpan(RecordBatch.HeaderBytes)[..RecordBatch.HeaderBytes].Clear();
        output.Advance(RecordBatch.HeaderBytes);
        var target = new Target(batch.CompressionType, output);
        var maxTimestamp = -1L;
        var position = 0;
        var index = 0;
        for (var records = batch.Records(bytes); records.MoveNext(); index++)
        {
            var record = records.Current;
            if (kept[index])
            {
                maxTimestamp = Math.Max(maxTimestamp, record.Timestamp);
                if (keepsDeltas)
                    target.Write(bytes.Slice(position, record.SizeInBytes));
                else
                    target.Write(record, record.Timestamp - baseTimestamp);
            }
            position += record.SizeInBytes;
        }
        target.End();
        var header = RecordBatchHeader.Of(batch) with
        {
            BaseTimestamp = baseTimestamp,
            MaxTimestamp = maxTimestamp,
            RecordCount = count,
            HasDeleteHorizon = horizonMs is not null || batch.HasDeleteHorizon,
        };
        header.Write(MemoryMarshal.AsMemory(output.WrittenMemory)[start..].Span);
    }

    private long FirstKeptTimestamp(RecordEnumerator records)
    {
        for (var index = 0; records.MoveNext(); index++)
        {
            if (kept[index])
                return records.Current.Timestamp;
        }
        return -1;
    }

    /// <summary>The records part of a batch that is being written.</summary>
    private readonly ref struct Target(CompressionType codec, ArrayBufferWriter<byte> output)
    {
        private readonly RecordCompressor? compressor
            = codec == CompressionType.None ? null : new RecordCompressor(codec, RecordCompression.DefaultLevel, output);

        public void Write(ReadOnlySpan<byte> bytes)
        {
            if (compressor is null)
                output.Write(bytes);
            else
                compressor.Write(bytes);
        }

        public void Write(in Record record, long timestampDelta)
        {
            Span<byte> fields = stackalloc byte[RecordStart.MaxBytes];
            var valueBytes = record.HasValue ? record.Value.Length : -1;
            Write(fields[..RecordStart.Write(
                fields, timestampDelta, record.OffsetDelta, record.HasKey ? record.Key.Length : -1, valueBytes,
                Varint.SizeOf(record.HeaderCount) + record.HeaderBytes.Length)]);
            Write(record.Key);
            Write(fields[..Varint.Write(fields, valueBytes)]);
            Write(record.Value);
            Write(fields[..Varint.Write(fields, record.HeaderCount)]);
            Write(record.HeaderBytes);
        }

        public void End()
        {
            compressor?.End();
            compressor?.Dispose();
        }
    }
}
