using System.Text;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Cleaning;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.Tests.Simulation.World.Processes;

namespace KafkaCompatBroker.Tests.Simulation.Compaction;

/// <summary>
/// Several lives of a compacted log from one seed: producers, of which some have transactions, write and the cleaner compacts beside them,
/// until the process dies or the power goes in a random step of the disk. Each append is flushed, so all that was acknowledged must be
/// there: what a reader finds is compared with a plain model after each opening, and now and then before.
/// </summary>
internal sealed class CompactionRun
{
    private const int Keys = 9;
    private static readonly TopicPartition Partition = new("orders", 0);
    private static readonly LeaderEpoch Epoch = new(1);

    private readonly SimWorld world;
    private readonly LogConfig config;
    private readonly CleanerOptions options;
    private readonly CompactedTopic topic = new();
    private readonly List<string> story = [];
    private SimProcess process = null!;
    private LogDirs dirs = null!;
    private PartitionLog log = null!;
    private ILoop loop = null!;
    private bool hasDiskFailed;
    /// <summary>What was under way when a life ended: it was done, or not.</summary>
    private Action? pending;
    private long pendingEnd;

    public CompactionRun(int seed)
    {
        world = new SimWorld(seed);
        var random = world.Random;
        config = new LogConfig
        {
            SegmentBytes = random.Next(400, 3000),
            IndexIntervalBytes = random.Next(1, 600),
            FlushMessages = 1,
            CleanupPolicy = CleanupPolicy.Compact,
            CleanableDirtyRatioMin = random.Next(3) * 0.2,
            DeleteRetentionMs = random.Next(2) * random.Next(100_000),
            FileDeleteDelayMs = random.Next(2) * 10_000,
        };
        options = new CleanerOptions
        {
            Threads = random.Next(1, 3),
            DedupeBufferBytes = random.Next(2) == 0 ? 4096 : random.Next(4, 12) * OffsetMapSlotBytes,
            LoadFactor = 0.9,
            IoBufferBytes = random.Next(100, 4000),
            IoBytesPerSecondMax = random.Next(2) == 0 ? double.MaxValue : random.Next(200, 20_000),
            Backoff = TimeSpan.FromSeconds(1),
        };
    }

    private const int OffsetMapSlotBytes = 24;

    public string Story => string.Join("; ", story);

    public int CompactionCount { get; private set; }

    public void Run()
    {
        for (var lives = world.Random.Next(2, 6); lives > 0; lives--)
        {
            Open();
            Check();
            Arm(stepsMax: 400);
            var cleaner = StartCleaner();
            for (var operations = world.Random.Next(20, 150); operations > 0 && !IsOver; operations--)
                Operate();
            if (!IsOver && world.Random.Next(3) == 0)
                Stop(cleaner);
            End();
        }
        Open();
        Check();
    }

    private bool IsOver => world.Disk.HasCrashed || hasDiskFailed;

    private long NowMs => world.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>After a few openings that do not come to their end.</summary>
    private void Open()
    {
        for (var attempts = world.Random.Next(3); attempts > 0; attempts--)
        {
            Arm(stepsMax: 60);
            try
            {
                OpenOnce();
            }
            catch (Exception exception) when (exception is SimCrash or DiskError or LogDirsUnusable)
            {
            }
            End();
        }
        OpenOnce();
    }

    private void OpenOnce()
    {
        process = world.CreateProcess();
        dirs = LogDirs.Open(new LogDirsOptions
        {
            Paths = ["/data"],
            Disk = world.Disk,
            Time = world.Time,
            Random = world.NewRandom(),
            DiskLoop = process.CreateBlocking("disk"),
        });
        dirs.ReportTo(_ => hasDiskFailed = true);
        dirs.Claim(new BrokerId(1), "cluster");
        dirs.Load(_ => config);
        log = dirs.Find(Partition) ?? dirs.Create(Partition, config);
        loop = process.Create("log");
        OnLoop(() => log.AttachTo(loop));
    }

    private LogCleaner StartCleaner()
    {
        var cleaner = new LogCleaner(new Logs(this), () => options, process, world.NewRandom(), new Lines(this));
        cleaner.Resize();
        return cleaner;
    }

    private void Stop(LogCleaner cleaner)
    {
        story.Add("stop");
        var stopped = process.Create("stop").Start(cleaner.Stop);
        world.RunUntil(() => stopped.IsCompleted || IsOver);
        if (IsOver)
            return;
        OnLoop(log.Detach);
        try
        {
            dirs.Close();
        }
        catch (SimCrash)
        {
        }
    }

    private void Operate()
    {
        var random = world.Random;
        switch (random.Next(24))
        {
            case 0 or 1:
                OnLoop(log.Roll);
                break;
            case 2 or 3 or 4:
                EndTransaction();
                break;
            case 5 or 6 or 7 or 8:
                world.Advance(TimeSpan.FromMilliseconds(random.Next(3000)));
                break;
            case 9 when random.Next(4) == 0:
                world.Advance(TimeSpan.FromMilliseconds(random.Next(150_000)));
                break;
            case 10:
                Check();
                break;
            case 11 or 12 or 13 or 14:
                world.RunSteps(random.Next(20));
                break;
            default:
                Append();
                break;
        }
    }

    private void Append()
    {
        var random = world.Random;
        // An odd producer has no transactions, but sequences.
        var producerId = random.Next(3) == 0 ? -1 : random.Next(10, 16);
        var isTransactional = producerId >= 0 && producerId % 2 == 0;
        var codec = random.Next(2) == 0 ? CompressionType.None : (CompressionType)random.Next(5);
        var builder = new RecordBatchBuilder
        {
            CompressionType = codec,
            IsTransactional = isTransactional,
            Producer = producerId < 0 ? ProducerIdAndEpoch.None : new ProducerIdAndEpoch(producerId, 0),
            BaseSequence = producerId < 0 ? -1 : NextSequence(producerId),
        };
        var written = new List<WrittenRecord>();
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var (key, value) = ($"k{random.Next(Keys)}", random.Next(4) == 0 ? null : new string('v', random.Next(60)) + topic.EndOffset);
            var timestamp = NowMs - random.Next(5000);
            written.Add(new WrittenRecord(
                topic.EndOffset + written.Count, key, value, timestamp, isTransactional ? producerId : -1));
            builder.Append(timestamp, Encoding.UTF8.GetBytes(key), value is null ? null : Encoding.UTF8.GetBytes(value));
        }
        var batch = builder.Build();
        Do(() => topic.Write(written), written.Count, () => log.AppendAsLeader(batch, Epoch));
    }

    private void EndTransaction()
    {
        var producerId = 10 + 2 * world.Random.Next(3);
        if (!topic.HasOpenTransaction(producerId))
            return;
        var isCommit = world.Random.Next(2) == 0;
        var marker = ControlRecord.MarkerBatch(
            new ProducerIdAndEpoch(producerId, 0),
            new ControlRecord(isCommit ? ControlRecordType.Commit : ControlRecordType.Abort, 0, NowMs));
        Do(() => topic.End(producerId, isCommit), 1, () => log.AppendAsLeader(marker, Epoch, AppendOrigin.Coordinator));
    }

    private void Do(Action noteDone, int offsets, Func<LogAppendResult> append)
    {
        (pending, pendingEnd) = (noteDone, topic.EndOffset + offsets);
        var isDone = false;
        OnLoop(() =>
        {
            Assert.Equal(KafkaError.None, append().Error);
            isDone = true;
        });
        if (!isDone)
            return;
        pending = null;
        noteDone();
    }

    private int NextSequence(int producerId)
    {
        var sequence = 0;
        OnLoop(() => sequence = log.ProducerStates.Find(producerId) is { } known ? known.LastSequence + 1 : 0);
        return sequence;
    }

    private void Check()
    {
        if (IsOver)
            return;
        if (pending is { } noteDone && log.LogEndOffset >= pendingEnd)
            noteDone();
        pending = null;
        Assert.True(log.LogEndOffset == topic.EndOffset, $"the log ends at {log.LogEndOffset}, and {topic.EndOffset} were acknowledged");
        var lastStableOffset = 0L;
        OnLoop(() => lastStableOffset = log.LastStableOffset(log.LogEndOffset));
        if (IsOver)
            return;
        var read = CommittedReader.Read(log.ReadOnly, lastStableOffset);
        story.Add($"checked {read.Count} of {topic.EndOffset}, dirty from {log.ReadOnly.FirstDirtyOffset}");
        CompactionCheck.Agrees(topic, read, lastStableOffset, NowMs, config.DeleteRetentionMs);
        if (!log.ReadOnly.IsBeingCleaned && CompactionCount > 0)
            CompactionCheck.IsCompacted(read, log.ReadOnly.FirstDirtyOffset);
        CompactionCheck.TimesAgree(log.ReadOnly, read);
        Assert.False(log.ReadOnly.IsUncleanable && !IsOver, "uncleanable");
    }

    private void Arm(int stepsMax)
    {
        if (world.Random.Next(4) > 0)
            world.Disk.CrashIn(world.Random.Next(1, stepsMax));
        else if (world.Random.Next(2) == 0)
            world.Disk.FailIn(
                world.Random.Next(1, stepsMax), world.Random.Next(2) == 0 ? DiskErrorKind.InputOutput : DiskErrorKind.NoSpace);
    }

    private void End()
    {
        process.Kill();
        Assert.All(world.Errors, error => Assert.True(error is SimCrash or DiskError, error.ToString()));
        var isPowerLoss = world.Random.Next(2) == 0;
        if (isPowerLoss)
            world.Disk.LosePower();
        else
        {
            world.Disk.KillProcesses();
            world.Disk.RemountFailed();
        }
        hasDiskFailed = false;
        story.Add(isPowerLoss ? "power lost" : "killed");
    }

    private void OnLoop(Action change)
    {
        if (IsOver)
            return;
        var asked = loop.Ask(() =>
        {
            try
            {
                change();
            }
            catch (DiskError)
            {
                hasDiskFailed = true;
            }
            return true;
        });
        world.RunUntil(() => asked.IsCompleted || IsOver);
        if (asked.IsFaulted && !IsOver)
            asked.GetAwaiter().GetResult();
    }

    private sealed class Logs(CompactionRun run) : ICleanedLogs, ICleanedLog
    {
        private readonly PartitionLog owned = run.log;

        public ReadOnlyLog Log => owned.ReadOnly;

        // Asked on a worker's loop; nothing else runs then.
        public long LastStableOffset { get; private set; }

        public IReadOnlyList<ICleanedLog> All()
        {
            run.loop.RunOrPost(() => LastStableOffset = owned.LastStableOffset(owned.LogEndOffset));
            return [this];
        }

        public Task WriteCleanerOffsets()
        {
            run.CompactionCount++;
            return run.loop.Ask(() =>
            {
                try
                {
                    run.dirs.WriteCleanerOffsets();
                }
                catch (DiskError)
                {
                    run.hasDiskFailed = true;
                }
                return true;
            });
        }

        public Task<T?> Change<T>(Func<PartitionLog, T> work) => run.loop.Ask<T?>(() =>
        {
            run.topic.Met(run.NowMs);
            try
            {
                return work(owned);
            }
            catch (DiskError)
            {
                run.hasDiskFailed = true;
                return default;
            }
        });

        public void DiskFailed(DiskError error) => run.hasDiskFailed = true;
    }

    private sealed class Lines(CompactionRun run) : ILog
    {
        public bool IsEnabled(LogLevel level) => true;

        public void Write(LogLevel level, string source, string message, Exception? exception = null) => run.story.Add(message);
    }
}
