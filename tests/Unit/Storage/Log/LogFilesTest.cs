using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.Tests.Simulation.World.Processes;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class LogFilesTest
{
    private static readonly LogConfig config = LogConfig.Default with
    {
        SegmentBytes = 300,
        IndexIntervalBytes = 1,
        RetentionBytes = 1000,
        FileDeleteDelayMs = 1000,
    };

    [Fact]
    public void A_log_that_fails_while_it_rolls_deletes_or_is_cut_keeps_no_file_open_once_it_is_given_up()
    {
        var fails = true;
        for (var call = 0; fails; call++)
        {
            var world = new SimWorld(1);
            world.Disk.Mount(LogBench.Directory);
            var process = world.CreateProcess();
            var log = Open(world, process);
            world.Disk.Arm(new DiskFault((_, _) => true, DiskErrorKind.InputOutput) { Skip = call, Times = 1 });
            fails = Record.Exception(() => Change(log)) is DiskError;
            log.Abandon();
            world.Advance(TimeSpan.FromSeconds(5));
            Assert.True(process.Held() == "nothing", $"call {call}: {process.Held()}");
            Assert.Empty(world.Errors);
        }
    }

    private static void Change(PartitionLog log)
    {
        for (var i = 0; i < 20; i++)
            log.AppendAsLeader(LogBench.Batch(1, valueBytes: 100), LogBench.Epoch);
        Assert.True(log.DeleteOldSegments(log.LogEndOffset) > 1);
        log.TruncateTo(log.LogEndOffset - 5);
        log.TruncateFullyAndStartAt(log.LogEndOffset);
    }

    private static PartitionLog Open(SimWorld world, SimProcess process) => PartitionLog.Open(new LogOpenOptions
    {
        Partition = LogBench.Partition,
        Directory = LogBench.Directory,
        Disk = process.Disk,
        Time = process.Time,
        Random = world.NewRandom(),
        Log = NoLog.Instance,
        Config = config,
        DiskLoop = process.CreateBlocking("disk"),
    });
}
