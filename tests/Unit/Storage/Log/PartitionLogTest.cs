using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class PartitionLogTest
{
    [Fact]
    public void Offsets_and_leader_epoch_are_assigned_in_place()
    {
        var bench = new LogBench();
        bench.Append(LogBench.Batch(3));
        var batch = LogBench.Batch(2);
        var result = bench.Append(batch);
        Assert.Equal(
            (KafkaError.None, 3L, 4L, -1L, 0L),
            (result.Error, result.FirstOffset, result.LastOffset, result.LogAppendTimeMs, result.LogStartOffset));
        Assert.Equal(3, new RecordBatch(batch).BaseOffset);
        Assert.Equal(LogBench.Epoch, new RecordBatch(batch).PartitionLeaderEpoch);
        Assert.Equal(5, bench.Log.LogEndOffset);
        Assert.Equal([0, 3], bench.ReadAll());
        Assert.Equal(new EpochEndOffset(LogBench.Epoch, 5), bench.Log.EndOffsetFor(LogBench.Epoch));
    }

    [Fact]
    public void A_log_append_time_topic_stamps_the_batch_and_says_so()
    {
        var bench = new LogBench(config: new LogConfig { TimestampType = TimestampType.LogAppendTime });
        var batch = LogBench.Batch(2);
        var result = bench.Append(batch);
        Assert.Equal(bench.NowMs, result.LogAppendTimeMs);
        var stored = new RecordBatch(batch);
        Assert.Equal((TimestampType.LogAppendTime, bench.NowMs), (stored.TimestampType, stored.MaxTimestamp));
        Assert.True(stored.HasValidCrc);
        foreach (var record in stored.Records())
            Assert.Equal(bench.NowMs, record.Timestamp);
    }

    [Fact]
    public void A_codec_of_the_topic_replaces_that_of_the_producer()
    {
        foreach (var codec in Enum.GetValues<CompressionType>())
        {
            var bench = new LogBench(config: new LogConfig { CompressionType = codec });
            bench.Append(LogBench.Batch(20, valueBytes: 200, codec: CompressionType.Snappy));
            var read = bench.Log.Read(0, int.MaxValue, 20, true);
            var bytes = new byte[read.Length];
            read.Slice!.Value.File.Read(0, bytes);
            Assert.Equal(codec, new RecordBatch(bytes).CompressionType);
            Assert.Equal(20, new RecordBatch(bytes).RecordCount);
            Assert.True(new RecordBatch(bytes).HasValidCrc);
        }
    }

    [Fact]
    public void A_log_takes_one_file_descriptor_per_segment()
    {
        var bench = new LogBench(config: new LogConfig { SegmentBytes = 1000, IndexIntervalBytes = 0 });
        bench.AppendMany(10, valueBytes: 300);
        Assert.Equal((5, 5), (bench.Log.Segments.Count, bench.World.Disk.OpenFileCount));
        bench.ReadAll();
        Assert.Equal(5, bench.World.Disk.OpenFileCount);
        bench.Log.Close();
        Assert.Equal(0, bench.World.Disk.OpenFileCount);
    }

    [Fact]
    public void Without_a_descriptor_for_a_new_segment_an_append_is_refused_and_a_later_one_is_taken()
    {
        var bench = new LogBench(config: new LogConfig { SegmentBytes = 1000 });
        bench.AppendMany(2, valueBytes: 300);
        bench.World.Disk.FailOpens(_ => true, DiskErrorKind.TooManyOpenFiles);
        Assert.Equal(DiskErrorKind.TooManyOpenFiles, Assert.Throws<DiskError>(() => bench.AppendMany(1, valueBytes: 300)).Kind);
        bench.World.Disk.HealFaults();
        bench.AppendMany(3, valueBytes: 300);
        Assert.Equal([0, 1, 2, 3, 4], bench.ReadAll());
        Assert.Equal([0, 2, 4], bench.Log.Segments.Select(segment => segment.BaseOffset));
        Assert.Equal(3, bench.World.Disk.OpenFileCount);
    }

    [Fact]
    public void A_segment_rolls_by_size_by_time_and_when_its_index_is_full()
    {
        var bySize = new LogBench(config: new LogConfig { SegmentBytes = 1000 });
        bySize.AppendMany(10, valueBytes: 300);
        Assert.Equal([0, 2, 4, 6, 8], bySize.Log.Segments.Select(segment => segment.BaseOffset));

        var byTime = new LogBench(config: new LogConfig { SegmentMs = 60_000 });
        byTime.AppendMany(1);
        byTime.World.Advance(TimeSpan.FromSeconds(61));
        byTime.AppendMany(2);
        Assert.Equal([0, 1], byTime.Log.Segments.Select(segment => segment.BaseOffset));

        var byIndex = new LogBench(config: new LogConfig { SegmentIndexBytes = 36, IndexIntervalBytes = 0 });
        byIndex.AppendMany(10);
        Assert.True(byIndex.Log.Segments.Count > 1);
        Assert.Equal(Enumerable.Range(0, 10).Select(offset => (long)offset), byIndex.ReadAll());
    }

    [Fact]
    public void A_rolled_segment_is_written_back_while_appends_go_on_and_then_moves_the_recovery_point()
    {
        var bench = new LogBench();
        bench.AttachToLoop();
        bench.AppendMany(5);
        bench.World.Disk.FailFlushes(path => path.EndsWith("00000.log", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        bench.Change(bench.Log.Roll);
        bench.AppendMany(2);
        bench.World.Disk.HealFaults();
        Assert.Equal(0, bench.Log.RecoveryPoint);
        bench.World.RunUntilIdle();
        Assert.Equal(5, bench.Log.RecoveryPoint);
        bench.World.Disk.LosePower();
        Assert.True(bench.Reopen(isCleanShutdown: false, recoveryPoint: 5).LogEndOffset >= 5);
    }

    [Fact]
    public void A_log_cut_while_a_rolled_segment_is_written_back_keeps_its_recovery_point_below_its_end()
    {
        var bench = new LogBench();
        bench.AttachToLoop();
        bench.AppendMany(5);
        bench.Change(bench.Log.Roll);
        bench.Change(() => bench.Log.TruncateTo(2));
        bench.World.RunUntilIdle();
        Assert.Equal((0, 2), (bench.Log.RecoveryPoint, bench.Log.LogEndOffset));
    }

    [Fact]
    public void A_log_with_a_loop_is_changed_on_that_loop_only()
    {
        var bench = new LogBench();
        bench.AttachToLoop();
        bench.AppendMany(3);
        var log = bench.Log;
        var otherLoop = bench.World.Loops.Create("other");
        Action[] changes =
        [
            () => log.AppendAsLeader(LogBench.Batch(1), LogBench.Epoch), () => log.AppendAsFollower(LogBench.Batch(1)), log.Roll,
            log.Flush, log.FlushIfDue, () => log.TruncateTo(1), () => log.TruncateFullyAndStartAt(9), () => log.RaiseLogStartOffset(1),
            () => log.DeleteOldSegments(1), () => log.AssignLeaderEpoch(LogBench.Epoch, 3), () => log.AssignTopicId(new TopicId(1, 2)),
            () => log.UpdateConfig(LogConfig.Default), log.RemoveExpiredProducers, log.Close, log.Detach, () => log.AttachTo(otherLoop),
        ];
        foreach (var change in changes)
        {
            Assert.Throws<InvariantViolation>(change);
            Assert.Throws<InvariantViolation>(() => bench.World.Await(otherLoop.Ask(() =>
            {
                change();
                return true;
            })));
        }
        Assert.Equal([0, 1, 2], bench.ReadAll());
        Assert.Equal((1, TopicId.Zero), (log.Segments.Count, log.TopicId));
    }

    [Fact]
    public void A_log_that_its_loop_has_given_back_is_closed_by_its_dir_and_a_write_back_that_ends_later_leaves_it_alone()
    {
        var bench = new LogBench();
        bench.AttachToLoop();
        bench.AppendMany(5);
        bench.Change(bench.Log.Roll);
        bench.Change(bench.Log.Detach);
        bench.World.RunUntilIdle();
        Assert.Equal(0, bench.Log.RecoveryPoint);
        bench.Log.Close();
        Assert.Equal(5, bench.Log.RecoveryPoint);
        Assert.Empty(bench.World.Errors);
    }

    [Fact]
    public void Flush_messages_flushes_before_the_append_is_answered()
    {
        var bench = new LogBench(config: new LogConfig { FlushMessages = 2 });
        bench.AppendMany(1);
        Assert.Equal(0, bench.Log.RecoveryPoint);
        bench.AppendMany(1);
        Assert.Equal(2, bench.Log.RecoveryPoint);
    }

    [Fact]
    public void A_failed_write_leaves_the_log_as_it_was_and_no_later_one_is_taken()
    {
        var bench = new LogBench();
        bench.AppendMany(2);
        bench.World.Disk.FailWrites(path => path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.NoSpace);
        Assert.Throws<DiskError>(() => bench.Append(LogBench.Batch(1)));
        Assert.Equal(2, bench.Log.LogEndOffset);
        bench.World.Disk.HealFaults();
        Assert.Throws<DiskError>(() => bench.Append(LogBench.Batch(1)));
        Assert.Equal([0, 1], bench.ReadAll());
    }

    [Fact]
    public void Truncation_drops_the_batch_that_holds_the_offset_and_all_after_and_leaves_no_hole()
    {
        var bench = new LogBench(config: new LogConfig { SegmentBytes = 1000, IndexIntervalBytes = 0 });
        for (var i = 0; i < 10; i++)
            bench.Append(LogBench.Batch(2, valueBytes: 100));
        bench.Log.TruncateTo(7);
        Assert.Equal(6, bench.Log.LogEndOffset);
        Assert.Equal([0, 2, 4], bench.Read(0));
        Assert.Empty(bench.Read(6));
        var result = bench.Append(LogBench.Batch(1));
        Assert.Equal(6, result.FirstOffset);
        Assert.Equal([6], bench.Read(6));
        bench.Log.TruncateFullyAndStartAt(100);
        Assert.Equal((100, 100), (bench.Log.LogStartOffset, bench.Log.LogEndOffset));
        Assert.Equal(100, bench.Append(LogBench.Batch(1)).FirstOffset);
    }

    [Fact]
    public void A_follower_takes_whole_batches_with_the_leaders_offsets_and_epochs()
    {
        var leader = new LogBench();
        leader.AppendMany(3);
        var read = leader.Log.Read(0, int.MaxValue, 3, true);
        var bytes = new byte[read.Length];
        read.Slice!.Value.File.Read(0, bytes);

        var follower = new LogBench();
        var result = follower.Log.AppendAsFollower(bytes.AsMemory(0, bytes.Length - 5));
        Assert.Equal((KafkaError.None, 0L, 1L), (result.Error, result.FirstOffset, result.LastOffset));
        Assert.Equal(LogBench.Epoch, follower.Log.LeaderEpochs.LatestEpoch);
        Assert.Equal(KafkaError.OffsetOutOfRange, follower.Log.AppendAsFollower(bytes).Error);
        bytes[^1] ^= 1;
        Assert.Equal(KafkaError.CorruptMessage, follower.Log.AppendAsFollower(bytes.AsMemory(2 * bytes.Length / 3)).Error);
        Assert.Equal(2, follower.Log.LogEndOffset);
    }

    [Fact]
    public void Batches_that_come_to_a_follower_together_are_indexed_as_those_that_came_to_the_leader_one_by_one()
    {
        var config = new LogConfig { IndexIntervalBytes = 250 };
        var (leader, follower) = (new LogBench(config: config), new LogBench(config: config));
        for (var i = 0; i < 20; i++)
            leader.Append(LogBench.Batch(5, valueBytes: 20 + i, timestamp: leader.NowMs + (i * 7 % 20)));
        var read = leader.Log.Read(0, int.MaxValue, 100, true);
        var bytes = new byte[read.Length];
        read.Slice!.Value.File.Read(0, bytes);
        Assert.Equal(99, follower.Log.AppendAsFollower(bytes).LastOffset);

        leader.RunAndClose();
        follower.RunAndClose();
        foreach (var suffix in (string[])[LogFileNames.IndexSuffix, LogFileNames.TimeIndexSuffix])
        {
            var index = LogBench.Directory + "/" + LogFileNames.OfOffset(0, suffix);
            var entries = leader.World.Disk.ReadAllBytes(index);
            Assert.InRange(entries.Length, 40, int.MaxValue);
            Assert.Equal(entries, follower.World.Disk.ReadAllBytes(index));
        }
    }

    [Fact]
    public void Retention_deletes_oldest_segments_by_size_time_and_start_offset_below_the_high_watermark()
    {
        var bySize = new LogBench(config: new LogConfig { SegmentBytes = 1000, RetentionBytes = 2000 });
        bySize.AppendMany(20, valueBytes: 300);
        Assert.Equal(0, bySize.Log.DeleteOldSegments(highWatermark: 1));
        Assert.True(bySize.Log.DeleteOldSegments(highWatermark: 20) > 0);
        Assert.InRange(bySize.Log.SizeInBytes, 2000, 3000);
        Assert.Equal(bySize.Log.Segments[0].BaseOffset, bySize.Log.LogStartOffset);
        Assert.Equal(KafkaError.OffsetOutOfRange, bySize.Log.Read(0, 1, 20, true).Error);

        var byTime = new LogBench(config: new LogConfig { SegmentBytes = 1000, RetentionMs = 1000 });
        byTime.AppendMany(4, valueBytes: 300);
        byTime.World.Advance(TimeSpan.FromSeconds(2));
        byTime.Log.DeleteOldSegments(highWatermark: 4);
        Assert.Equal((4, 4), (byTime.Log.LogStartOffset, byTime.Log.LogEndOffset));

        var byStart = new LogBench(config: new LogConfig { SegmentBytes = 1000, CleanupPolicy = CleanupPolicy.Compact });
        byStart.AppendMany(10, valueBytes: 300);
        Assert.True(byStart.Log.RaiseLogStartOffset(5));
        Assert.Equal(2, byStart.Log.DeleteOldSegments(highWatermark: 10));
        Assert.Equal(5, byStart.Log.LogStartOffset);
        Assert.Equal(4, byStart.Log.Segments[0].BaseOffset);
    }

    [Fact]
    public void Walking_records_allocates_nothing()
    {
        var batch = LogBench.Batch(5000);
        foreach (var record in new RecordBatch(batch).Records())
            Assert.True(record.HasKey);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var keyBytes = 0;
        foreach (var record in new RecordBatch(batch).Records())
            keyBytes += record.Key.Length;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(5000, keyBytes);
    }
}
