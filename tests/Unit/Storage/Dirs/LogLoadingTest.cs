using KafkaCompatBroker.Os.Disk;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.Tests.Simulation.World.Processes;

namespace KafkaCompatBroker.Tests.Unit.Storage.Dirs;

public sealed class LogLoadingTest
{
    private const int PartitionsPerDir = 12;
    private static readonly string[] paths = ["/a", "/b"];
    private static readonly LogConfig config = new() { SegmentBytes = 300 };

    private readonly SimWorld world = new(1);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public void Loops_open_the_logs_of_all_dirs_and_each_log_once(int loopsPerDir)
    {
        LeaveKilled();
        var process = world.CreateProcess();
        var dirs = Open(process);
        world.Await(dirs.LoadOn(process, loopsPerDir, _ => config));
        Assert.Equal(paths.Length * PartitionsPerDir, dirs.Logs.Count());
        Assert.All(dirs.Logs, log => Assert.Equal(EndOf(log.Partition), log.LogEndOffset));
        dirs.Close();
        Assert.Equal("nothing", process.Held());
        Assert.Empty(world.Errors);
    }

    [Fact]
    public void A_log_that_the_disk_does_not_give_takes_its_dir_alone_offline_and_leaves_no_file_open()
    {
        LeaveKilled();
        world.Disk.Arm(new DiskFault((_, path) => path.StartsWith("/a/t-4/", StringComparison.Ordinal), DiskErrorKind.InputOutput));
        var process = world.CreateProcess();
        var dirs = Open(process);
        world.Await(dirs.LoadOn(process, loopsPerDir: 3, _ => config));
        Assert.Equal("/b", Assert.Single(dirs.Online).Path);
        Assert.Equal(PartitionsPerDir, dirs.Logs.Count());
        dirs.Close();
        Assert.Equal("nothing", process.Held());
    }

    [Fact]
    public void A_folder_that_stops_the_start_leaves_no_file_of_any_dir_open()
    {
        LeaveKilled();
        world.Disk.ReplaceAtomically("/a/t-4/partition.metadata", "no metadata"u8);
        var process = world.CreateProcess();
        var dirs = Open(process);
        var load = dirs.LoadOn(process, loopsPerDir: 3, _ => config);
        Assert.Throws<LogDirsUnusable>(() => world.Await(load));
        dirs.Abandon();
        world.RunUntilIdle();
        Assert.Equal("nothing", process.Held());
    }

    [Fact]
    public async Task Threads_open_the_logs_of_a_dir_at_the_same_time()
    {
        var folder = Directory.CreateTempSubdirectory("log-loading-").FullName;
        try
        {
            var disk = new OsDisk();
            var loops = new OsLoops(NoLog.Instance);
            var options = new LogDirsOptions { Paths = [folder], Disk = disk, Time = loops.Time, Random = Random.Shared };
            var killed = LogDirs.Open(options);
            killed.Load(_ => config);
            for (var number = 0; number < 40; number++)
                Fill(killed.Create(new TopicPartition("t", number), config));
            killed.Abandon();
            var dirs = LogDirs.Open(options);
            await dirs.LoadOn(loops, loopsPerDir: 4, _ => config);
            Assert.Equal(40, dirs.Logs.Count());
            Assert.All(dirs.Logs, log => Assert.Equal(EndOf(log.Partition), log.LogEndOffset));
            dirs.Close();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Logs of several segments whose broker was killed.</summary>
    private void LeaveKilled()
    {
        var process = world.CreateProcess();
        var dirs = Open(process);
        dirs.Load(_ => config);
        // Each goes to the dir with the fewest.
        for (var number = 0; number < paths.Length * PartitionsPerDir; number++)
            Fill(dirs.Create(new TopicPartition("t", number), config));
        process.Kill();
        world.Disk.KillProcesses();
    }

    private static void Fill(PartitionLog log)
    {
        for (var i = 0; i < EndOf(log.Partition); i++)
            log.AppendAsLeader(LogBench.Batch(1, valueBytes: 100), LogBench.Epoch);
    }

    private static int EndOf(TopicPartition partition) => 1 + partition.Partition % 7;

    private static LogDirs Open(SimProcess process)
    {
        var dirs = LogDirs.Open(new LogDirsOptions
        {
            Paths = paths,
            Disk = process.Disk,
            Time = process.Time,
            Random = new Random(1),
            DiskLoop = process.CreateBlocking("disk"),
        });
        dirs.Claim(new BrokerId(1), "cluster");
        return dirs;
    }
}
