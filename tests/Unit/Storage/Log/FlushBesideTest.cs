using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

/// <summary>The flushes of a log that run beside its loop, each of which the test lets run when it wants to.</summary>
public sealed class FlushBesideTest
{
    private static readonly LogConfig flushedByEach = new() { FlushMessages = 1, IndexIntervalBytes = 0, SegmentBytes = 1000 };

    private readonly HeldFlushes flushes = new();
    private readonly List<long> told = [];

    [Fact]
    public void What_is_appended_during_a_flush_goes_with_the_next_one()
    {
        var bench = Attached(flushedByEach);
        bench.AppendMany(1);
        Assert.Equal((0, 0, 1), (bench.Log.RecoveryPoint, bench.Log.AcknowledgeableOffset, flushes.Count));
        bench.AppendMany(3);
        Assert.Equal(1, flushes.Count);

        flushes.RunOne();
        Assert.Empty(told);
        bench.World.RunUntilIdle();
        Assert.Equal((1, 1), (bench.Log.RecoveryPoint, bench.Log.AcknowledgeableOffset));
        Assert.Equal([1], told);

        FlushNext(bench);
        Assert.Equal((4, 4, 0), (bench.Log.RecoveryPoint, bench.Log.AcknowledgeableOffset, flushes.Count));
        Assert.Equal([1, 4], told);
    }

    [Fact]
    public void Appends_wait_from_the_one_on_with_which_so_many_messages_are_not_flushed()
    {
        var bench = Attached(flushedByEach with { FlushMessages = 3 });
        bench.AppendMany(2);
        Assert.Equal((2, 0), (bench.Log.AcknowledgeableOffset, flushes.Count));
        bench.AppendMany(3);
        Assert.Equal((2, 1), (bench.Log.AcknowledgeableOffset, flushes.Count));

        FlushNext(bench);

        // Two messages are left, and for those nobody has asked.
        Assert.Equal((3, 5, 0), (bench.Log.RecoveryPoint, bench.Log.AcknowledgeableOffset, flushes.Count));
    }

    [Fact]
    public void A_flush_that_the_log_was_cut_during_tells_nothing_of_what_came_in_the_cuts_place()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var bench = Attached(flushedByEach with { SegmentBytes = 100_000 }, seed);
            bench.AppendMany(5);
            FlushNext(bench);
            bench.Loop!.Post(() =>
            {
                bench.Log.TruncateTo(2);
                for (var count = 3; count > 0; count--)
                    Assert.Equal(KafkaError.None, bench.Log.AppendAsLeader(LogBench.Batch(1, 300), LogBench.Epoch).Error);
            });
            // Of all five, and it has ended when the log is cut.
            FlushNext(bench);

            var acknowledged = bench.Log.AcknowledgeableOffset;
            Assert.Equal((1, 5, 1), (acknowledged, bench.Log.LogEndOffset, flushes.Count));
            bench.World.Disk.LosePower();
            Assert.InRange(bench.Reopen(isCleanShutdown: false, bench.Log.RecoveryPoint).LogEndOffset, acknowledged, 5);
            flushes.RunOne();
        }
    }

    [Fact]
    public void A_log_that_was_cut_during_a_flush_has_what_is_left_flushed_again()
    {
        var bench = Attached(flushedByEach);
        bench.AppendMany(5);
        bench.Change(() => bench.Log.TruncateTo(3));
        Assert.Equal((0, 3), (bench.Log.AcknowledgeableOffset, bench.Log.LogEndOffset));

        flushes.RunOne();
        bench.World.RunUntilIdle();
        Assert.Equal(0, bench.Log.AcknowledgeableOffset);
        FlushNext(bench);
        Assert.Equal((3, 3), (bench.Log.AcknowledgeableOffset, bench.Log.RecoveryPoint));

        bench.Change(() => bench.Log.TruncateFullyAndStartAt(10));
        Assert.Equal((10, 10), (bench.Log.AcknowledgeableOffset, bench.Log.RecoveryPoint));
    }

    [Fact]
    public void A_segment_that_becomes_full_during_a_flush_is_flushed_whole_before_the_recovery_point_leaves_it()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var bench = Attached(flushedByEach, seed);
            for (var count = 2 + seed % 12; count > 0; count--)
            {
                bench.AppendMany(1 + seed % 4);
                FlushNext(bench);
            }
            while (flushes.Count > 0)
                FlushNext(bench);
            var recoveryPoint = bench.Log.RecoveryPoint;
            Assert.Equal(bench.Log.LogEndOffset, recoveryPoint);
            bench.World.Disk.LosePower();
            var log = bench.Reopen(isCleanShutdown: false, recoveryPoint);
            Assert.Equal((recoveryPoint, recoveryPoint), (log.LogEndOffset, log.RecoveryPoint));
            LogFlushTest.AllIsIndexed(log);
        }
    }

    [Fact]
    public void A_flush_that_fails_is_told_to_the_log_dir_and_the_log_takes_nothing_more()
    {
        var bench = Attached(flushedByEach);
        bench.AppendMany(2);
        bench.World.Disk.FailFlushes(path => path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        FlushNext(bench);

        Assert.Equal(DiskErrorKind.InputOutput, Assert.Single(bench.DiskErrors).Kind);
        Assert.Equal((0, 0, 0), (bench.Log.RecoveryPoint, bench.Log.AcknowledgeableOffset, told.Count));
        Assert.Throws<DiskError>(() => bench.Append(LogBench.Batch(1)));
        // A second flush would succeed, with the records gone.
        bench.World.Disk.HealFaults();
        Assert.Throws<DiskError>(bench.Log.Segments[0].File.Flush);
    }

    [Fact]
    public void A_failure_counts_though_the_log_was_cut_meanwhile()
    {
        var bench = Attached(flushedByEach);
        bench.AppendMany(2);
        bench.World.Disk.FailFlushes(path => path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        flushes.RunOne();
        bench.World.Disk.HealFaults();
        Assert.Throws<DiskError>(() => bench.Change(() => bench.Log.TruncateTo(1)));

        bench.World.RunUntilIdle();

        Assert.Equal((0, 0), (bench.Log.RecoveryPoint, bench.Log.AcknowledgeableOffset));
    }

    [Fact]
    public void Want_of_file_descriptors_has_the_flush_tried_again()
    {
        var bench = Attached(flushedByEach);
        bench.AppendMany(2);
        // The folder is opened to be flushed.
        bench.World.Disk.FailFlushes(
            path => !path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.TooManyOpenFiles);
        while (flushes.Count > 0)
            FlushNext(bench);
        Assert.Equal(0, bench.Log.AcknowledgeableOffset);
        Assert.NotEmpty(bench.DiskErrors);

        bench.World.Disk.HealFaults();
        bench.World.Advance(TimeSpan.FromSeconds(1));
        FlushNext(bench);

        Assert.Equal(2, bench.Log.AcknowledgeableOffset);
    }

    [Fact]
    public void A_log_that_leaves_its_loop_during_a_flush_has_it_again_on_the_next()
    {
        var bench = Attached(flushedByEach);
        bench.AppendMany(2);
        bench.Change(bench.Log.Detach);
        FlushNext(bench);
        Assert.Equal((0, 0), (bench.Log.RecoveryPoint, bench.Log.AcknowledgeableOffset));

        bench.Change(() => bench.Log.AttachTo(bench.Loop!));
        FlushNext(bench);

        Assert.Equal((2, 2), (bench.Log.RecoveryPoint, bench.Log.AcknowledgeableOffset));
    }

    [Fact]
    public void A_segment_whose_flush_is_waited_for_is_durable_before_there_is_a_next_one()
    {
        var bench = Attached(flushedByEach with { SegmentBytes = 300 });
        while (bench.Log.Segments.Count == 1)
        {
            Assert.Equal(0, bench.Log.RecoveryPoint);
            bench.AppendMany(1);
        }
        Assert.Equal(bench.Log.Segments[^1].BaseOffset, bench.Log.RecoveryPoint);

        FlushNext(bench);
        FlushNext(bench);
        Assert.Equal(bench.Log.LogEndOffset, bench.Log.AcknowledgeableOffset);
    }

    [Fact]
    public void A_close_during_a_flush_makes_all_durable_and_waits_for_nothing()
    {
        var bench = Attached(flushedByEach);
        bench.AppendMany(2);
        bench.Change(bench.Log.Close);
        Assert.Equal(2, bench.Log.RecoveryPoint);

        FlushNext(bench);

        Assert.Empty(told);
        Assert.Empty(bench.DiskErrors);
        Assert.Equal(0, bench.World.Disk.OpenFileCount);
    }

    [Fact]
    public void Behind_an_unclean_stop_what_is_beyond_the_recovery_point_is_flushed_before_anybody_has_the_log()
    {
        var bench = Attached(flushedByEach with { FlushMessages = long.MaxValue });
        bench.AppendMany(4);
        bench.Config = flushedByEach;
        bench.Reopen(isCleanShutdown: false, recoveryPoint: 1);

        Assert.Equal((4, 4, 4), (bench.Log.AcknowledgeableOffset, bench.Log.RecoveryPoint, bench.Log.LogEndOffset));
    }

    [Fact]
    public void A_setting_that_comes_asks_for_a_flush_and_takes_nothing_back_that_was_acknowledged()
    {
        var bench = Attached(flushedByEach with { FlushMessages = long.MaxValue });
        bench.AppendMany(4);
        Assert.Equal(0, flushes.Count);

        bench.Change(() => bench.Log.UpdateConfig(flushedByEach));

        Assert.Equal((4, 0, 1), (bench.Log.AcknowledgeableOffset, bench.Log.RecoveryPoint, flushes.Count));
        FlushNext(bench);
        Assert.Equal(4, bench.Log.RecoveryPoint);
    }

    [Fact]
    public void A_flush_by_time_goes_the_same_way_and_nobody_waits_for_it()
    {
        var bench = Attached(flushedByEach with { FlushMessages = long.MaxValue, FlushMs = 1000 });
        bench.AppendMany(2);
        bench.World.Advance(TimeSpan.FromSeconds(2));
        bench.Change(bench.Log.FlushIfDue);
        bench.Change(bench.Log.FlushIfDue);
        Assert.Equal((2, 0, 1), (bench.Log.AcknowledgeableOffset, bench.Log.RecoveryPoint, flushes.Count));

        FlushNext(bench);

        Assert.Equal(2, bench.Log.RecoveryPoint);
    }

    private LogBench Attached(LogConfig config, int seed = 1)
    {
        var bench = new LogBench(seed, config, flushes: flushes);
        bench.AttachToLoop(() => told.Add(bench.Log.AcknowledgeableOffset));
        return bench;
    }

    private void FlushNext(LogBench bench)
    {
        flushes.RunOne();
        bench.World.RunUntilIdle();
    }
}
