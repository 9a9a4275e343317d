using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Segments;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;

namespace KafkaCompatBroker.Tests.Unit.Storage;

/// <summary>One log in a simulated world, and the batches that tests give it.</summary>
internal sealed class LogBench
{
    public const string Directory = "/data/orders-0";
    public static readonly TopicPartition Partition = new("orders", 0);
    public static readonly LeaderEpoch Epoch = new(3);

    /// <summary>A few batches fill a segment, and the interval between two entries of its index.</summary>
    public static readonly LogConfig SmallSegments = new() { SegmentBytes = 2000, IndexIntervalBytes = 200 };

    private readonly ProducerBudget producers;
    private readonly HeldFlushes? flushes;

    /// <param name="prepare">Puts files into the folder before the log is opened, as after a crash.</param>
    /// <param name="flushes">Where flushes run beside the log's loop; without them they are done at once.</param>
    public LogBench(
        int seed = 1, LogConfig? config = null, Action<SimDisk>? prepare = null, ProducerBudget? producers = null,
        HeldFlushes? flushes = null)
    {
        this.flushes = flushes;
        World = new SimWorld(seed);
        Config = config ?? LogConfig.Default;
        this.producers = producers ?? new ProducerBudget(int.MaxValue);
        World.Disk.Mount(Directory);
        prepare?.Invoke(World.Disk);
        Log = Open(isCleanShutdown: false);
    }

    public SimWorld World { get; }
    public LogConfig Config { get; set; }
    public bool VerifiesTransactions { get; set; }
    /// <summary>The log's, once it has one.</summary>
    public ILoop? Loop { get; private set; }
    /// <summary>Disk errors that no caller was told of.</summary>
    public List<DiskError> DiskErrors { get; } = [];
    public PartitionLog Log { get; private set; }
    /// <summary>What the log has warned of.</summary>
    public List<string> Warnings { get; } = [];
    public long NowMs => World.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Gives the log a loop, on which <see cref="Change"/> then works.</summary>
    public ILoop AttachToLoop(Action? onFlushed = null)
    {
        var loop = Loop = World.Loops.Create("partition");
        Change(() => Log.AttachTo(loop, onFlushed));
        return loop;
    }

    /// <summary>Runs the work where the log may be changed: on its loop when it has one.</summary>
    public void Change(Action work) => Change(() =>
    {
        work();
        return true;
    });

    public T Change<T>(Func<T> work) => Loop is null ? work() : World.Await(Loop.Ask(work));

    public PartitionLog Reopen(bool isCleanShutdown, long recoveryPoint = 0, long logStartOffset = 0)
    {
        Loop = null;
        return Log = Open(isCleanShutdown, recoveryPoint, logStartOffset);
    }

    /// <summary>Lets what runs behind the log come to its end, and closes it.</summary>
    public void RunAndClose()
    {
        World.RunUntilIdle();
        Log.Close();
    }

    /// <summary>Deletes all files of a segment, as somebody who takes them for old data.</summary>
    public void DeleteSegment(long baseOffset)
    {
        foreach (var suffix in LogFileNames.SegmentSuffixes.Append(LogFileNames.SnapshotSuffix))
            World.Disk.DeleteFile($"{Directory}/{LogFileNames.OfOffset(baseOffset, suffix)}");
    }

    public LogAppendResult Append(byte[] batch, AppendOrigin origin = AppendOrigin.Client)
        => Change(() => Log.AppendAsLeader(batch, Epoch, origin));

    /// <summary>Appends batches of one record each, that differ in their values.</summary>
    public void AppendMany(int count, int valueBytes = 100)
    {
        for (var i = 0; i < count; i++)
            Assert.Equal(KafkaError.None, Append(Batch(1, valueBytes, NowMs)).Error);
    }

    public static byte[] Batch(
        int recordCount, int valueBytes = 10, long timestamp = 1000, CompressionType codec = CompressionType.None,
        ProducerIdAndEpoch? producer = null, int baseSequence = -1)
    {
        var builder = new RecordBatchBuilder
        {
            CompressionType = codec,
            Producer = producer ?? ProducerIdAndEpoch.None,
            BaseSequence = baseSequence,
        };
        for (var i = 0; i < recordCount; i++)
            builder.Append(timestamp + i, [(byte)i], new byte[valueBytes]);
        return builder.Build();
    }

    /// <summary>The base offsets of the batches that a read returns.</summary>
    public List<long> Read(long offset, int maxBytes = int.MaxValue, long? upperBound = null, bool atLeastOneBatch = true)
    {
        var result = Log.Read(offset, maxBytes, upperBound ?? Log.LogEndOffset, atLeastOneBatch);
        Assert.Equal(KafkaError.None, result.Error);
        var offsets = new List<long>();
        if (result.Slice is not { } slice)
            return offsets;
        var bytes = new byte[slice.Length];
        Assert.Equal(bytes.Length, slice.File.Read(slice.Position, bytes));
        slice.File.Release();
        foreach (var batch in new RecordBatchEnumerator(bytes))
        {
            Assert.True(batch.HasValidCrc);
            offsets.Add(batch.BaseOffset);
        }
        return offsets;
    }

    /// <summary>All base offsets, segment after segment.</summary>
    public List<long> ReadAll()
    {
        var offsets = new List<long>();
        for (var offset = Log.LogStartOffset; offset < Log.LogEndOffset;)
        {
            var read = Read(offset);
            Assert.NotEmpty(read);
            offsets.AddRange(read);
            offset = NextOffset(offset, read[^1]);
        }
        return offsets;
    }

    private long NextOffset(long offset, long lastBase)
    {
        var result = Log.Read(lastBase, 1, Log.LogEndOffset, atLeastOneBatch: true);
        var bytes = new byte[result.Length];
        result.Slice!.Value.File.Read(result.Slice.Value.Position, bytes);
        result.Slice.Value.File.Release();
        var next = new RecordBatch(bytes).NextOffset;
        Assert.True(next > offset);
        return next;
    }

    /// <summary>As the log is opened the first time.</summary>
    public LogOpenOptions Options => new()
    {
        Partition = Partition,
        Directory = Directory,
        Disk = World.Disk,
        Time = World.Time,
        Random = World.NewRandom(),
        Log = new WarningList(Warnings),
        Config = Config,
        Producers = producers,
        VerifiesTransactions = () => VerifiesTransactions,
        DiskLoop = World.Loops.CreateBlocking("disk"),
        Flusher = flushes is null ? null : new LogFlusher(flushes, "flush"),
        OnDiskError = DiskErrors.Add,
    };

    private PartitionLog Open(bool isCleanShutdown, long recoveryPoint = 0, long logStartOffset = 0)
        => PartitionLog.Open(
            Options with { IsCleanShutdown = isCleanShutdown, RecoveryPoint = recoveryPoint, LogStartOffset = logStartOffset });

    private sealed class WarningList(List<string> warnings) : ILog
    {
        public bool IsEnabled(LogLevel level) => level >= LogLevel.Warn;

        public void Write(LogLevel level, string source, string message, Exception? exception = null)
        {
            if (level == LogLevel.Warn)
                warnings.Add(message);
        }
    }
}
