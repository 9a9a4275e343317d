using BenchmarkDotNet.Attributes;
using KafkaCompatBroker.Os.Disk;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Bench;

/// <summary>
/// What the log itself costs: one append of a batch as a producer sends it, and one read of the slice that a fetch answers with. Allocated
/// bytes are per operation, never per record.
/// </summary>
[MemoryDiagnoser]
public class PartitionLogBenchmark
{
    private string folder = "";
    private PartitionLog log = null!;
    private byte[] batch = [];

    [Params(1, 1000)]
    public int RecordsPerBatch { get; set; }

    [GlobalSetup]
    public void Open()
    {
        folder = Directory.CreateTempSubdirectory("kafka-bench-").FullName;
        log = PartitionLog.Open(new LogOpenOptions
        {
            Partition = new TopicPartition("bench", 0),
            Directory = folder,
            Disk = new OsDisk(),
            Time = TimeProvider.System,
            Random = new Random(1),
        });
        var value = new byte[1000];
        new Random(1).NextBytes(value);
        var builder = new RecordBatchBuilder();
        for (var record = 0; record < RecordsPerBatch; record++)
            builder.Append(1_700_000_000_000, null, value);
        batch = builder.Build();
        Append();
    }

    [GlobalCleanup]
    public void Close()
    {
        log.Close();
        Directory.Delete(folder, recursive: true);
    }

    [Benchmark]
    public long Append()
    {
        // The log writes the offset it assigned into the batch; a producer's batch begins at 0.
        new MutableRecordBatch(batch).SetBaseOffset(0);
        return log.AppendAsLeader(batch, new LeaderEpoch(0), AppendOrigin.Client, v2Only: true).LastOffset;
    }

    [Benchmark]
    public int Read()
    {
        var read = log.Read(0, 1024 * 1024, log.LogEndOffset, atLeastOneBatch: true);
        read.Slice!.Value.File.Release();
        return read.Length;
    }
}
