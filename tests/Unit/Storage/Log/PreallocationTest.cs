using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class PreallocationTest
{
    private static readonly LogConfig preallocated = new() { SegmentBytes = 2000, Preallocate = true, IndexIntervalBytes = 0 };

    [Fact]
    public void The_active_segments_file_is_as_long_as_a_segment_may_be_and_nobody_sees_what_is_not_written()
    {
        var bench = new LogBench(config: preallocated);
        Assert.Equal(2000, LengthOf(bench, 0));
        bench.AppendMany(3);
        var writtenBytes = 3 * LogBench.Batch(1, 100).Length;
        Assert.Equal(2000, LengthOf(bench, 0));
        Assert.Equal(writtenBytes, bench.Log.SizeInBytes);
        Assert.Equal([0, 1, 2], bench.Read(0));
        Assert.Empty(bench.Read(3));
        bench.Log.Roll();
        Assert.Equal((writtenBytes, 2000), (LengthOf(bench, 0), LengthOf(bench, 3)));
        Assert.Equal(writtenBytes, bench.Log.SizeInBytes);
        bench.AppendMany(20);
        Assert.All(bench.Log.Segments.SkipLast(1), segment => Assert.Equal(segment.SizeInBytes, LengthOf(bench, segment.BaseOffset)));
        Assert.Equal([.. Enumerable.Range(0, 23)], bench.ReadAll());
    }

    [Fact]
    public void A_setting_that_comes_later_is_that_of_the_next_segment()
    {
        var bench = new LogBench(config: preallocated with { Preallocate = false });
        bench.AppendMany(1);
        bench.Log.UpdateConfig(preallocated);
        Assert.Equal(bench.Log.SizeInBytes, LengthOf(bench, 0));
        bench.Log.Roll();
        Assert.Equal(2000, LengthOf(bench, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void After_a_clean_stop_the_file_ends_where_the_records_do_even_when_power_is_lost_then(int batchCount)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var bench = new LogBench(seed, preallocated);
            bench.AppendMany(batchCount);
            // Also what is not flushed for the want of records was preallocated.
            bench.Log.Flush();
            bench.Log.Close();
            bench.World.Disk.LosePower();
            Assert.Equal(batchCount * LogBench.Batch(1, 100).Length, LengthOf(bench, 0));
            Assert.Equal(batchCount, bench.Reopen(isCleanShutdown: true).LogEndOffset);
            Assert.Empty(bench.Warnings);
        }
    }

    [Fact]
    public void A_start_after_a_kill_cuts_off_what_was_not_written_and_warns_of_nothing()
    {
        var bench = new LogBench(config: preallocated);
        bench.AppendMany(20);
        var active = bench.Log.Segments[^1];
        Assert.Equal(2000, LengthOf(bench, active.BaseOffset));
        bench.World.Disk.KillProcesses();
        var log = bench.Reopen(isCleanShutdown: false, recoveryPoint: bench.Log.RecoveryPoint);
        Assert.Empty(bench.Warnings);
        Assert.Equal(20, log.LogEndOffset);
        Assert.Equal(active.SizeInBytes, LengthOf(bench, active.BaseOffset));
        bench.AppendMany(1);
        Assert.Equal([.. Enumerable.Range(0, 21)], bench.ReadAll());
    }

    [Fact]
    public void What_follows_zeros_where_power_was_lost_is_warned_of()
    {
        var bench = new LogBench(config: preallocated);
        bench.AppendMany(3);
        bench.Log.Flush();
        bench.World.Advance(TimeSpan.FromSeconds(1));
        bench.World.Disk.LosePower();
        bench.Reopen(isCleanShutdown: false, recoveryPoint: 3);
        Assert.Equal(3, bench.Log.LogEndOffset);
        Assert.Contains(bench.Warnings, warning => warning.Contains("cut at position", StringComparison.Ordinal));
    }

    [Fact]
    public void A_kill_in_the_middle_of_a_roll_leaves_all_records_and_the_segments_behind()
    {
        var hasCut = false;
        for (var step = 1; step < 12; step++)
        {
            var bench = new LogBench(config: preallocated);
            bench.AppendMany(3);
            bench.World.Disk.CrashIn(step);
            Record.Exception(bench.Log.Roll);
            bench.World.Disk.KillProcesses();
            hasCut |= LengthOf(bench, 0) == 2000 && bench.World.Disk.FileExists(PathOf(3));
            Assert.Equal(3, bench.Reopen(isCleanShutdown: false).LogEndOffset);
            Assert.Equal([0, 1, 2], bench.ReadAll());
            // A file that was just made may have no index yet, which is told.
            Assert.DoesNotContain(bench.Warnings, warning => warning.Contains("cut at position", StringComparison.Ordinal));
        }
        Assert.True(hasCut);
    }

    [Fact]
    public void Zeros_before_a_gap_end_the_log_as_any_other_cut_does()
    {
        var bench = new LogBench(config: preallocated with { IndexIntervalBytes = 4096 });
        bench.AppendMany(3);
        bench.Log.Roll();
        bench.AppendMany(3);
        bench.World.Disk.KillProcesses();
        var file = bench.World.Disk.Open(PathOf(0), DiskOpenMode.Existing);
        file.SetLength(2 * LogBench.Batch(1, 100).Length);
        file.SetLength(2000);
        file.Release();
        Assert.Equal(2, bench.Reopen(isCleanShutdown: false).LogEndOffset);
        Assert.Contains(bench.Warnings, warning => warning.Contains("later segments=1", StringComparison.Ordinal));
    }

    [Fact]
    public void A_log_that_is_given_up_keeps_its_file_as_it_is()
    {
        var bench = new LogBench(config: preallocated);
        bench.AppendMany(1);
        bench.Log.Abandon();
        Assert.Equal(2000, LengthOf(bench, 0));
    }

    [Fact]
    public void A_truncation_ends_the_file_where_the_log_ends_and_a_full_one_preallocates_again()
    {
        var bench = new LogBench(config: preallocated);
        bench.AppendMany(5);
        bench.Log.TruncateTo(2);
        Assert.Equal(bench.Log.SizeInBytes, LengthOf(bench, 0));
        bench.AppendMany(2);
        Assert.Equal([0, 1, 2, 3], bench.ReadAll());
        bench.Log.TruncateFullyAndStartAt(7);
        Assert.Equal((2000, 0L), (LengthOf(bench, 7), bench.Log.SizeInBytes));
    }

    [Fact]
    public void Retention_by_size_counts_what_is_written()
    {
        var bench = new LogBench(config: preallocated with { RetentionBytes = 2500 });
        bench.AppendMany(20);
        bench.Log.DeleteOldSegments(highWatermark: 20);
        Assert.InRange(bench.Log.SizeInBytes, 2500, 4500);
        bench.Log.Close();
        Assert.Equal(bench.Log.SizeInBytes, bench.Log.Segments.Sum(segment => LengthOf(bench, segment.BaseOffset)));
    }

    private static int LengthOf(LogBench bench, long baseOffset) => bench.World.Disk.BytesOf(PathOf(baseOffset)).Length;

    private static string PathOf(long baseOffset)
        => $"{LogBench.Directory}/{LogFileNames.OfOffset(baseOffset, LogFileNames.LogSuffix)}";
}
