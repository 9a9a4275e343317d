using System.Buffers;
using System.Text;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Cleaning;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Cleaning;

/// <summary>What is in a batch's header.</summary>
internal sealed record FoundBatch(
    sbyte Magic, CompressionType Codec, long BaseOffset, long LastOffset, int RecordCount, long? Horizon);

/// <summary>One compacted log on a loop, and the cleaner, which runs when the test says so.</summary>
internal sealed class CleanerBench : ICleanedLogs, ICleanedLog
{
    private readonly ILoop loop;

    public CleanerBench(LogConfig config)
    {
        Bench = new LogBench(config: config);
        loop = Bench.AttachToLoop();
    }

    public LogBench Bench { get; }

    ReadOnlyLog ICleanedLog.Log => Bench.Log.ReadOnly;

    public bool ExpectsDiskFailure { get; init; }

    public long LastStableOffset { get; private set; }

    public static byte[] Batch(
        CompressionType codec, ProducerIdAndEpoch? producer, int baseSequence, params (string Key, string? Value)[] records)
    {
        var builder = new RecordBatchBuilder
        {
            CompressionType = codec,
            Producer = producer ?? ProducerIdAndEpoch.None,
            BaseSequence = baseSequence,
        };
        foreach (var (key, value) in records)
            builder.Append(
                new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() + builder.RecordCount,
                Encoding.UTF8.GetBytes(key), value is null ? null : Encoding.UTF8.GetBytes(value));
        return builder.Build();
    }

    public void Append(CompressionType codec, params (string Key, string? Value)[] records)
        => Assert.Equal(KafkaError.None, Bench.Append(Batch(codec, null, -1, records)).Error);

    public void RollAndCompact()
    {
        Bench.Change(Bench.Log.Roll);
        Compact();
    }

    /// <summary>Runs the cleaner until it finds nothing to do.</summary>
    public void Compact()
    {
        LastStableOffset = Bench.Change(() => Bench.Log.LastStableOffset(Bench.Log.LogEndOffset));
        var options = new CleanerOptions
        {
            Threads = 1,
            DedupeBufferBytes = 1 << 20,
            LoadFactor = 0.9,
            IoBufferBytes = 1 << 16,
            IoBytesPerSecondMax = double.MaxValue,
            Backoff = TimeSpan.FromHours(1),
        };
        var cleaner = new LogCleaner(this, () => options, Bench.World.Loops, new Random(1), NoLog.Instance);
        cleaner.Resize();
        Bench.World.RunUntilIdle();
        Bench.World.Await(Bench.World.Loops.Create("stop").Start(cleaner.Stop));
        Assert.Empty(Bench.World.Errors);
    }

    /// <summary>The log's bytes, segment after segment.</summary>
    public byte[] Bytes()
    {
        var bytes = new List<byte>();
        foreach (var segment in Bench.Log.Segments)
        {
            var content = new byte[segment.SizeInBytes];
            Assert.Equal(content.Length, segment.File.Read(0, content));
            bytes.AddRange(content);
        }
        return [.. bytes];
    }

    public List<FoundBatch> Batches()
    {
        var found = new List<FoundBatch>();
        foreach (var batch in new RecordBatchEnumerator(Bytes()))
        {
            Assert.True(batch.HasValidCrc);
            found.Add(new FoundBatch(
                batch.Magic, batch.CompressionType, batch.BaseOffset, batch.LastOffset, batch.RecordCount,
                batch.HasDeleteHorizon ? batch.BaseTimestamp : null));
        }
        return found;
    }

    /// <summary>Offset, key and value of each record.</summary>
    public List<string> Records()
    {
        var found = new List<string>();
        foreach (var batch in new RecordBatchEnumerator(Bytes()))
        {
            if (batch.IsLegacy)
            {
                Assert.True(MessageWalk.TryFindBaseOffset(batch, 1 << 20, out var baseOffset));
                var messages = new Messages(found, baseOffset);
                Assert.Null(MessageWalk.Visit(batch, 1 << 20, ref messages));
                continue;
            }
            var unfolded = new ArrayBufferWriter<byte>();
            if (batch.RecordCount > 0)
                Assert.True(RecordCompression.TryDecompress(batch.CompressionType, batch.RecordsBytes, unfolded, 1 << 20, out _));
            foreach (var record in batch.Records(unfolded.WrittenSpan))
                found.Add($"{record.Offset} {Encoding.UTF8.GetString(record.Key)}={Encoding.UTF8.GetString(record.Value)}");
        }
        return found;
    }

    IReadOnlyList<ICleanedLog> ICleanedLogs.All() => [this];

    Task ICleanedLogs.WriteCleanerOffsets() => Task.CompletedTask;

    Task<T?> ICleanedLog.Change<T>(Func<PartitionLog, T> work)
        where T : default
        => loop.Ask<T?>(() => work(Bench.Log));

    void ICleanedLog.DiskFailed(DiskError error)
    {
        Assert.True(ExpectsDiskFailure, error.Message);
        Bench.Log.Abandon(error);
    }

    private readonly struct Messages(List<string> found, long baseOffset) : IMessageVisitor
    {
        public bool Visit(in LegacyMessage message)
        {
            found.Add($"{baseOffset + message.Offset} {Encoding.UTF8.GetString(message.Key)}={Encoding.UTF8.GetString(message.Value)}");
            return true;
        }
    }
}
