using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Tests.CodecBench;

/// <summary>A batch of about so many bytes of records, and what a broker does with it: looks into it, or compresses it again.</summary>
internal sealed class CompressedBatch
{
    private readonly CompressionType codec;
    private readonly byte[] batch;
    private readonly byte[] records;
    private readonly ArrayBufferWriter<byte> compressed = new();

    public CompressedBatch(CompressionType codec, int recordsBytes)
    {
        this.codec = codec;
        records = new RecordBatch(Records.Batch(CompressionType.None, recordsBytes)).RecordsBytes.ToArray();
        batch = Records.Batch(codec, recordsBytes);
    }

    public int RecordsBytes => records.Length;

    /// <summary>Walks the records while they unfold, as a broker does with every compressed batch of a client.</summary>
    public long Validate()
    {
        var header = new RecordBatch(batch);
        using var walk = new RecordStream<LargestDelta>(default, header.RecordCount);
        if (!RecordCompression.TryDecompress(codec, header.RecordsBytes, walk, int.MaxValue, out var reason) || !walk.TryFinish())
            throw new InvalidOperationException(reason ?? walk.Error);
        return walk.Visitor.Value;
    }

    /// <summary>Compresses the records, as a broker does whose topic has another codec than the producer.</summary>
    public int Compress()
    {
        compressed.ResetWrittenCount();
        RecordCompression.Compress(codec, records, compressed);
        return compressed.WrittenCount;
    }

    private struct LargestDelta : IRecordVisitor
    {
        public long Value { get; private set; }

        public bool Visit(in RecordShape record)
        {
            Value = Math.Max(Value, record.TimestampDelta);
            return true;
        }
    }
}
