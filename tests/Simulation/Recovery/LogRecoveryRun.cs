using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.Tests.Simulation.World.Processes;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.Recovery;

/// <summary>
/// Several lives of one log dir from one seed: each opens it, appends, flushes, rolls and truncates, and ends in a crash at a random step
/// of the disk (which may lie inside the opening itself), in a disk error, in a kill between two operations, or in order. In some lives the
/// log has a loop, so that a rolled segment stays unflushed for a while; between two lives somebody may delete an index, as operators do to
/// have it built anew. After each life the log is checked.
/// </summary>
internal sealed class LogRecoveryRun
{
    private static readonly TopicPartition Partition = new("orders", 0);

    private readonly SimWorld world;
    private readonly LogConfig config;
    private readonly LogHistory history = new();
    private readonly Dictionary<long, int> nextSequences = [];
    private LeaderEpoch epoch = new(0);
    private bool powerLost;
    private readonly List<string> story = [];
    private LogDirs? dirs;
    private SimProcess? process;
    private ILoop? loop;
    private bool isSeldomFlushed;
    private bool isOftenCut;

    public LogRecoveryRun(int seed)
    {
        world = new SimWorld(seed);
        config = new LogConfig
        {
            SegmentBytes = world.Random.Next(1000, world.Random.Next(2) == 0 ? 1500 : 4000),
            IndexIntervalBytes = world.Random.Next(1, 600),
            FlushMessages = world.Random.Next(3) == 0 ? world.Random.Next(5) == 0 ? 1 : world.Random.Next(1, 30) : long.MaxValue,
            Preallocate = world.Random.Next(3) == 0,
        };
    }

    public SimTrace Trace => world.Trace;

    /// <summary>The steps of the last run, for who looks into a seed that failed.</summary>
    public string Story => string.Join("; ", story);

    public void Run()
    {
        var random = world.Random;
        for (var lives = random.Next(2, 6); lives > 0; lives--)
        {
            var log = OpenThroughCrashes();
            (isSeldomFlushed, isOftenCut) = (random.Next(2) == 0, random.Next(4) == 0);
            Attach(log);
            Arm(stepsMax: 150);
            try
            {
                for (var operations = random.Next(80); operations > 0; operations--)
                    Operate(log);
                if (random.Next(4) == 0)
                {
                    story.Add("close");
                    OnLoop(log.Detach);
                    dirs!.Close();
                    if (!world.Disk.HasCrashed && world.Disk.FileExists("/data/.kafka_cleanshutdown"))
                        history.Durable(history.LogEndOffset);
                }
            }
            catch (Exception exception) when (exception is SimCrash or DiskError)
            {
                history.Durable(log.RecoveryPoint);
            }
            End();
        }
        Check(OpenThroughCrashes());
    }

    /// <summary>
    /// Opens the dir and checks the log, after opening itself has crashed or failed a few times; then kills it and finds the same again.
    /// </summary>
    private PartitionLog OpenThroughCrashes()
    {
        var random = world.Random;
        for (var attempts = random.Next(4); attempts > 0; attempts--)
        {
            Arm(stepsMax: random.Next(2) == 0 ? 20 : 150);
            try
            {
                Open();
            }
            catch (Exception exception) when (exception is SimCrash or DiskError or LogDirsUnusable)
            {
            }
            End();
        }
        var log = Open();
        Check(log);
        world.Disk.KillProcesses();
        log = Open();
        Check(log);
        Assert.Equal(0, history.LastLostCount);
        return log;
    }

    private void Check(PartitionLog log)
    {
        story.Add($"opened to {log.LogEndOffset}, recovery point {log.RecoveryPoint}");
        var survived = LogCheck.ReadAll(log);
        LogCheck.AgreesWith(history, survived, powerLost);
        LogCheck.IndexesAgree(log, survived);
        LogCheck.ProducersAgree(log, survived);
        LogCheck.RepeatsAreKnown(log, survived, epoch);
        history.Survived(survived);
        powerLost = false;
        nextSequences.Clear();
        foreach (var bytes in survived)
            nextSequences[new RecordBatch(bytes).Producer.ProducerId] = new RecordBatch(bytes).LastSequence + 1;
        epoch = new LeaderEpoch(epoch.Value + 1);
        world.Trace.Add($"opened logEndOffset={log.LogEndOffset} batches={survived.Count}");
    }

    /// <summary>Gives the log loops in most lives; without them it does at once what it would do aside and behind.</summary>
    private PartitionLog Open()
    {
        process = isSeldomFlushed || world.Random.Next(3) > 0 ? world.CreateProcess() : null;
        dirs = LogDirs.Open(new LogDirsOptions
        {
            Paths = ["/data"],
            Disk = world.Disk,
            Time = world.Time,
            Random = world.NewRandom(),
            DiskLoop = process?.CreateBlocking("disk"),
            FlushLoops = process,
        });
        dirs.Claim(new BrokerId(1), "cluster");
        dirs.Load(_ => config);
        return dirs.Find(Partition) ?? dirs.Create(Partition, config);
    }

    private void Operate(PartitionLog log)
    {
        var operation = world.Random.Next(40);
        story.Add(operation > 11 ? "append" : $"{operation} at {log.LogEndOffset}, recovery point {log.RecoveryPoint}");
        switch (operation)
        {
            case 0:
            case 10 or 11 when isOftenCut:
                OnLoop(log.Roll);
                break;
            case 1 or 2 or 3 when !isSeldomFlushed || operation == 1 && world.Random.Next(5) == 0:
                OnLoop(log.Flush);
                break;
            case 4 or 5 when !isSeldomFlushed:
                dirs!.WriteRecoveryPoints();
                break;
            case 6:
            case 8 or 9 when isOftenCut:
                Truncate(log);
                break;
            case 7:
                world.Advance(TimeSpan.FromSeconds(world.Random.Next(10)));
                RequireNoCrash();
                break;
            default:
                Append(log);
                break;
        }
        // Flushes that were asked for go on beside the log, and end when it has gone on.
        if (process is not null && world.Random.Next(4) == 0)
        {
            world.RunUntilIdle();
            RequireNoCrash();
        }
        history.Durable(config.FlushMessages == 1 ? log.AcknowledgeableOffset : log.RecoveryPoint);
    }

    /// <summary>What the log does behind its callers crashes on its loop.</summary>
    private void RequireNoCrash()
    {
        if (world.Disk.HasCrashed)
            throw new SimCrash();
    }

    private void Append(PartitionLog log)
    {
        var producerId = (long)world.Random.Next(3);
        var sequence = nextSequences.GetValueOrDefault(producerId);
        var builder = new RecordBatchBuilder { Producer = new ProducerIdAndEpoch(producerId, 0), BaseSequence = sequence };
        var timestamp = world.Time.GetUtcNow().ToUnixTimeMilliseconds() - world.Random.Next(5000);
        var count = world.Random.Next(1, 4);
        for (var i = 0; i < count; i++)
        {
            var value = new byte[world.Random.Next(200)];
            world.Random.NextBytes(value);
            builder.Append(timestamp, null, value);
        }
        var batch = builder.Build();
        try
        {
            OnLoop(() => Assert.Equal(KafkaError.None, log.AppendAsLeader(batch, epoch).Error));
        }
        catch (Exception exception) when (exception is SimCrash or DiskError)
        {
            // The write may have been done in full, and what came after it have failed.
            history.Given(batch);
            throw;
        }
        history.Acknowledge(batch);
        nextSequences[producerId] = sequence + count;
    }

    private void Truncate(PartitionLog log)
    {
        if (history.Acknowledged.Count == 0)
            return;
        var offset = new RecordBatch(history.Acknowledged[world.Random.Next(history.Acknowledged.Count)]).BaseOffset;
        history.BeginTruncation(offset);
        OnLoop(() => log.TruncateTo(offset));
        // A log that was cut below its checkpointed recovery point says so before it takes more; often not even that is done.
        if (world.Random.Next(2) == 0)
            world.Disk.CrashIn(world.Random.Next(1, 6));
        dirs!.WriteRecoveryPoints();
        history.EndTruncation();
        epoch = new LeaderEpoch(epoch.Value + 1);
        nextSequences.Clear();
        foreach (var bytes in history.Acknowledged)
            nextSequences[new RecordBatch(bytes).Producer.ProducerId] = new RecordBatch(bytes).LastSequence + 1;
    }

    private void Attach(PartitionLog log)
    {
        loop = process?.Create("log");
        if (loop is not null)
            OnLoop(() => log.AttachTo(loop));
    }

    /// <summary>Changes the log on its loop, which has nothing else queued, when it has one.</summary>
    private void OnLoop(Action change)
    {
        if (loop is null)
        {
            change();
            return;
        }
        var done = loop.Ask(() =>
        {
            change();
            return true;
        });
        Assert.True(done.IsCompleted);
        done.GetAwaiter().GetResult();
    }

    private void Arm(int stepsMax)
    {
        if (world.Random.Next(3) > 0)
            world.Disk.CrashIn(world.Random.Next(1, stepsMax));
        if (world.Random.Next(5) == 0)
            world.Disk.FailIn(
                world.Random.Next(1, stepsMax), world.Random.Next(2) == 0 ? DiskErrorKind.InputOutput : DiskErrorKind.NoSpace);
    }

    private void End()
    {
        process?.Kill();
        (process, loop) = (null, null);
        Assert.All(world.Errors, error => Assert.IsType<SimCrash>(error));
        if (world.Random.Next(2) == 0)
        {
            powerLost = true;
            world.Disk.LosePower();
        }
        else
        {
            world.Disk.KillProcesses();
            powerLost |= world.Disk.RemountFailed();
        }
        story.Add(powerLost ? "power lost" : "killed");
        world.Trace.Add(powerLost ? "power lost" : "killed");
        if (world.Random.Next(5) == 0)
            DeleteAnIndex();
    }

    private void DeleteAnIndex()
    {
        var folder = $"/data/{Partition}";
        if (!world.Disk.DirectoryExists(folder))
            return;
        var indexes = world.Disk.List(folder).Select(entry => entry.Name).Where(
            name => name.EndsWith("index", StringComparison.Ordinal)).ToList();
        if (indexes.Count == 0)
            return;
        var name = indexes[world.Random.Next(indexes.Count)];
        story.Add($"{name} deleted");
        world.Disk.DeleteFile($"{folder}/{name}");
    }
}
