using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class LogFlushTest
{
    private static readonly LogConfig flushedByEach = new() { FlushMessages = 1, IndexIntervalBytes = 0, SegmentBytes = 1000 };

    [Fact]
    public void A_flush_of_the_active_segment_is_of_its_records_alone_and_a_roll_and_the_end_flush_all_of_it()
    {
        var bench = new LogBench(config: flushedByEach);
        bench.World.Disk.FailFlushes(IsIndex, DiskErrorKind.InputOutput);
        bench.AppendMany(3);
        Assert.Equal((1, 3), (bench.Log.Segments.Count, bench.Log.RecoveryPoint));
        Assert.Throws<DiskError>(bench.Log.Roll);

        var closed = new LogBench(config: flushedByEach);
        closed.World.Disk.FailFlushes(IsIndex, DiskErrorKind.InputOutput);
        closed.AppendMany(3);
        Assert.Throws<DiskError>(closed.Log.Close);
    }

    [Fact]
    public void Segments_that_are_full_are_flushed_whole_before_the_recovery_point_leaves_them()
    {
        var bench = new LogBench(config: flushedByEach with { FlushMessages = long.MaxValue });
        bench.AttachToLoop();
        bench.AppendMany(20);
        Assert.True(bench.Log.Segments.Count > 2);
        Assert.Equal(0, bench.Log.RecoveryPoint);
        var second = bench.Log.Segments[1].ToString()[..20];
        bench.World.Disk.FailFlushes(
            path => path.Contains(second, StringComparison.Ordinal) && IsIndex(path), DiskErrorKind.InputOutput);
        Assert.Throws<DiskError>(() => bench.Change(bench.Log.Flush));
        Assert.Equal(0, bench.Log.RecoveryPoint);
    }

    [Fact]
    public void After_a_power_loss_the_indexes_are_those_of_the_records_wherever_the_recovery_point_lies()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var bench = new LogBench(seed, flushedByEach);
            bench.AppendMany(2 + seed % 12);
            var recoveryPoint = bench.Log.RecoveryPoint;
            Assert.Equal(bench.Log.LogEndOffset, recoveryPoint);
            bench.World.Disk.LosePower();
            var log = bench.Reopen(isCleanShutdown: false, recoveryPoint);
            Assert.Equal((recoveryPoint, recoveryPoint), (log.LogEndOffset, log.RecoveryPoint));
            AllIsIndexed(log);
        }
    }

    [Fact]
    public void A_power_loss_after_a_clean_stop_takes_no_index_entry()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var bench = new LogBench(seed, flushedByEach);
            bench.AppendMany(2 + seed % 12);
            bench.RunAndClose();
            bench.World.Disk.LosePower();
            AllIsIndexed(bench.Reopen(isCleanShutdown: true));
            Assert.Empty(bench.Warnings);
        }
    }

    /// <summary>As the interval is 0, each batch but a segment's first has an entry.</summary>
    internal static void AllIsIndexed(PartitionLog log)
    {
        var ends = log.Segments.Skip(1).Select(next => next.BaseOffset).Append(log.LogEndOffset);
        foreach (var (segment, end) in log.Segments.Zip(ends))
            Assert.True(segment.OffsetIndex.Count >= end - segment.BaseOffset - 1, $"{segment} has {segment.OffsetIndex.Count} entries");
    }

    private static bool IsIndex(string path) => path.Contains("index", StringComparison.Ordinal);
}
