using System.Buffers;
using BenchmarkDotNet.Attributes;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Tests.Bench;

/// <summary>
/// What it costs to look into a compressed batch of a client: its records walked while they are decompressed, beside decompressing alone.
/// 128 KiB of records, as a producer under load sends them; to be read beside a broker's CPU per gigabyte, as the producers' perf test
/// shows it.
/// </summary>
[MemoryDiagnoser]
public class CompressedBatchBenchmark
{
    private const int RecordsBytes = 128 * 1024;
    private byte[] batch = [];

    [Params(CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd)]
    public CompressionType Codec { get; set; }

    [Params(100, 1024)]
    public int ValueBytes { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var random = new Random(1);
        var builder = new RecordBatchBuilder { CompressionType = Codec };
        var value = new byte[ValueBytes];
        while (builder.SizeInBytes < RecordsBytes)
        {
            // Letters, as the perf test sends them.
            for (var i = 0; i < value.Length; i++)
                value[i] = (byte)('A' + random.Next(26));
            builder.Append(1_700_000_000_000 + builder.RecordCount, null, value);
        }
        batch = builder.Build();
    }

    [Benchmark(Baseline = true)]
    public long Decompress()
    {
        using var output = new Counter();
        Unfold(output);
        return output.Bytes;
    }

    [Benchmark]
    public long DecompressAndWalk()
    {
        var header = new RecordBatch(batch);
        using var records = new RecordStream<LargestDelta>(default, header.RecordCount);
        Unfold(records);
        return records.TryFinish() ? records.Visitor.Value : throw new InvalidOperationException(records.Error);
    }

    private void Unfold(IBufferWriter<byte> output)
    {
        var header = new RecordBatch(batch);
        if (!RecordCompression.TryDecompress(header.CompressionType, header.RecordsBytes, output, int.MaxValue, out var reason))
            throw new InvalidOperationException(reason);
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

    /// <summary>Takes bytes in one buffer and throws them away.</summary>
    private sealed class Counter : IBufferWriter<byte>, IDisposable
    {
        private byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);

        public long Bytes { get; private set; }

        public void Advance(int count) => Bytes += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => Room(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => Room(sizeHint);

        public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);

        private byte[] Room(int sizeHint)
        {
            if (buffer.Length < sizeHint)
                buffer = new byte[sizeHint];
            return buffer;
        }
    }
}
