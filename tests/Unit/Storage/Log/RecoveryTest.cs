using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class RecoveryTest
{
    [Fact]
    public void A_log_comes_back_the_same_after_a_clean_stop()
    {
        var bench = new LogBench(config: LogBench.SmallSegments);
        bench.Log.AssignTopicId(new TopicId(7, 9));
        bench.AppendMany(50);
        var before = bench.ReadAll();
        bench.Log.Close();
        bench.Reopen(isCleanShutdown: true);
        Assert.Equal(before, bench.ReadAll());
        Assert.Equal((50, 50), (bench.Log.LogEndOffset, bench.Log.RecoveryPoint));
        Assert.Equal(new TopicId(7, 9), bench.Log.TopicId);
        Assert.False(bench.Log.AssignTopicId(new TopicId(1, 2)));
        Assert.Equal(50, bench.Append(LogBench.Batch(1)).FirstOffset);
    }

    [Fact]
    public void Torn_tail_is_cut_at_last_whole_batch()
    {
        for (var cutBytes = 1; cutBytes < 171; cutBytes += 13)
        {
            var bench = new LogBench();
            bench.AppendMany(10);
            var path = bench.Log.Segments[0].File.Path;
            bench.Log.Abandon();
            var file = bench.World.Disk.Open(path, DiskOpenMode.Existing);
            file.SetLength(file.Length - cutBytes);
            file.Release();
            bench.Reopen(isCleanShutdown: false);
            Assert.Equal(9, bench.Log.LogEndOffset);
            Assert.Equal(Enumerable.Range(0, 9).Select(offset => (long)offset), bench.ReadAll());
            Assert.Equal(9, bench.Append(LogBench.Batch(1)).FirstOffset);
        }
    }

    [Fact]
    public void A_last_batch_whose_base_offset_was_lost_is_cut_although_its_checksum_holds()
    {
        var bench = new LogBench();
        bench.Append(LogBench.Batch(1));
        var position = bench.Log.Segments[0].SizeInBytes;
        // Two records, so that without its base offset the batch still ends past the first one.
        bench.Append(LogBench.Batch(2));
        var path = bench.Log.Segments[0].File.Path;
        bench.Log.Abandon();
        var file = bench.World.Disk.Open(path, DiskOpenMode.Existing);
        file.Write(position, new byte[8]);
        file.Release();
        bench.Reopen(isCleanShutdown: false);
        Assert.Equal(1, bench.Log.LogEndOffset);
        Assert.Equal([0L], bench.ReadAll());
    }

    [Fact]
    public void After_a_damaged_batch_nothing_is_believed()
    {
        var bench = new LogBench(config: LogBench.SmallSegments);
        bench.AppendMany(50);
        var damaged = bench.Log.Segments[1];
        var (path, baseOffset) = (damaged.File.Path, damaged.BaseOffset);
        bench.Log.Abandon();
        bench.World.Disk.FlipBit(path, 100, 3);
        bench.Reopen(isCleanShutdown: false);
        Assert.Equal(baseOffset, bench.Log.LogEndOffset);
        Assert.Equal(2, bench.Log.Segments.Count);
    }

    [Fact]
    public void A_damaged_batch_that_looks_like_an_older_format_is_cut_too()
    {
        var bench = new LogBench();
        bench.AppendMany(10);
        var segment = bench.Log.Segments[0];
        var (path, lastPosition) = (segment.File.Path, segment.SizeInBytes / 10 * 9);
        bench.Log.Abandon();
        bench.World.Disk.FlipBit(path, lastPosition + RecordBatch.MagicAt, 1);
        bench.Reopen(isCleanShutdown: false);
        Assert.Equal(9, bench.Log.LogEndOffset);
    }

    [Fact]
    public void A_sound_message_of_an_older_format_is_kept()
    {
        var bench = new LogBench();
        var path = bench.Log.Segments[0].File.Path;
        bench.Log.Abandon();
        var file = bench.World.Disk.Open(path, DiskOpenMode.Existing);
        // Offset 4, 17 bytes: checksum, magic 0, attributes 0, no key, value "abc".
        file.Write(0, Convert.FromHexString("00000000000000040000001143DC3FAF0000FFFFFFFF00000003616263"));
        file.Release();
        bench.Reopen(isCleanShutdown: false);
        Assert.Equal(5, bench.Log.LogEndOffset);
    }

    [Fact]
    public void Segments_below_the_recovery_point_are_not_read_through()
    {
        var bench = new LogBench(config: LogBench.SmallSegments);
        bench.AppendMany(50);
        bench.World.RunUntilIdle();
        var path = bench.Log.Segments[0].File.Path;
        var recoveryPoint = bench.Log.RecoveryPoint;
        Assert.True(recoveryPoint > 0);
        bench.Log.Abandon();
        bench.World.Disk.FlipBit(path, 100, 3);
        bench.Reopen(isCleanShutdown: false, recoveryPoint);
        Assert.Equal(50, bench.Log.LogEndOffset);
    }

    [Fact]
    public void Missing_indexes_are_built_anew_and_orphans_go()
    {
        var bench = new LogBench(config: LogBench.SmallSegments);
        bench.AppendMany(50);
        bench.Log.Close();
        var disk = bench.World.Disk;
        foreach (var entry in disk.List(LogBench.Directory).Where(entry => entry.Name.EndsWith("index", StringComparison.Ordinal)))
            disk.DeleteFile(LogBench.Directory + "/" + entry.Name);
        disk.Open(LogBench.Directory + "/00000000000000099999.index", DiskOpenMode.CreateNew).Release();
        disk.Open(LogBench.Directory + "/00000000000000099999.log.deleted", DiskOpenMode.CreateNew).Release();
        bench.Reopen(isCleanShutdown: true);
        Assert.Equal(50, bench.ReadAll().Count);
        Assert.All(bench.Log.Segments.SkipLast(1), segment => Assert.True(segment.OffsetIndex.Count > 0));
        Assert.DoesNotContain(disk.List(LogBench.Directory), entry => entry.Name.Contains("99999", StringComparison.Ordinal));
    }

    [Fact]
    public void An_index_that_points_between_batches_is_built_anew_after_a_clean_stop_too()
    {
        var bench = new LogBench();
        bench.AppendMany(50);
        var path = Path.ChangeExtension(bench.Log.Segments[0].File.Path, ".index");
        bench.Log.Close();
        var file = bench.World.Disk.Open(path, DiskOpenMode.Existing);
        file.SetLength(0);
        file.Write(0, [0, 0, 0, 5, 0, 0, 0, 77]);
        file.Release();
        bench.Reopen(isCleanShutdown: true);
        Assert.Equal(50, bench.Log.LogEndOffset);
        Assert.Equal(50, bench.ReadAll().Count);
    }

    [Fact]
    public void A_missing_time_index_is_built_anew()
    {
        var bench = new LogBench(config: LogBench.SmallSegments);
        for (var i = 0; i < 50; i++)
            bench.Append(LogBench.Batch(1, valueBytes: 100, timestamp: 1000 + i));
        bench.Log.Close();
        var disk = bench.World.Disk;
        foreach (var entry in disk.List(LogBench.Directory).Where(entry => entry.Name.EndsWith(".timeindex", StringComparison.Ordinal)))
            disk.DeleteFile(LogBench.Directory + "/" + entry.Name);
        bench.Reopen(isCleanShutdown: true);
        Assert.Equal(3, bench.Log.OffsetForTimestamp(1003)!.Value.Offset);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_finished_swap_takes_its_place_and_an_unfinished_cleaning_goes(bool isReplacedThere)
    {
        var bench = new LogBench(config: LogBench.SmallSegments);
        bench.AppendMany(50);
        var second = bench.Log.Segments[1];
        var (path, endOffset) = (second.File.Path, bench.Log.Segments[2].BaseOffset);
        bench.Log.Close();
        var disk = bench.World.Disk;
        disk.Rename(path, path + ".swap");
        if (isReplacedThere)
            disk.Open(path, DiskOpenMode.CreateNew).Release();
        disk.Open(LogBench.Directory + "/00000000000000000040.log.cleaned", DiskOpenMode.CreateNew).Release();
        bench.Reopen(isCleanShutdown: true);
        Assert.Equal(50, bench.ReadAll().Count);
        Assert.Equal(second.BaseOffset, bench.Read(endOffset - 1, maxBytes: 1)[0] - (endOffset - 1 - second.BaseOffset));
        Assert.DoesNotContain(
            disk.List(LogBench.Directory),
            entry => entry.Name.EndsWith(".cleaned", StringComparison.Ordinal) || entry.Name.EndsWith(".swap", StringComparison.Ordinal));
    }

    [Fact]
    public void A_start_offset_beyond_the_logs_end_deletes_nothing()
    {
        foreach (var isCleanShutdown in new[] { false, true })
        {
            var bench = new LogBench(config: LogBench.SmallSegments);
            bench.AppendMany(50);
            bench.RunAndClose();
            bench.Reopen(isCleanShutdown, recoveryPoint: 50, logStartOffset: 70);
            Assert.Equal((0, 50), (bench.Log.LogStartOffset, bench.Log.LogEndOffset));
            Assert.Equal(50, bench.ReadAll().Count);
            Assert.Contains("says 70, beyond the log's end at 50", Assert.Single(bench.Warnings), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_missing_segment_takes_none_of_those_behind_it_along(bool isCleanShutdown)
    {
        var bench = new LogBench(config: LogBench.SmallSegments);
        bench.AppendMany(50);
        var (baseOffset, nextOffset) = (bench.Log.Segments[1].BaseOffset, bench.Log.Segments[2].BaseOffset);
        bench.RunAndClose();
        bench.DeleteSegment(baseOffset);
        bench.Reopen(isCleanShutdown);
        Assert.Equal(50, bench.Log.LogEndOffset);
        var kept = Enumerable.Range(0, 50).Select(offset => (long)offset).Where(offset => offset < baseOffset || offset >= nextOffset);
        Assert.Equal(kept, bench.ReadAll());
        Assert.Contains(
            $"a segment ends at {baseOffset}, the next begins at {nextOffset}", Assert.Single(bench.Warnings), StringComparison.Ordinal);
        Assert.Equal(50, bench.Append(LogBench.Batch(1)).FirstOffset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_hole_that_a_power_loss_may_have_made_ends_the_log_unless_its_records_had_been_durable(bool wereDurable)
    {
        var bench = new LogBench(config: LogBench.SmallSegments);
        bench.AppendMany(50);
        var baseOffset = bench.Log.Segments[1].BaseOffset;
        bench.RunAndClose();
        bench.World.Disk.LosePower();
        bench.DeleteSegment(baseOffset);
        bench.Reopen(isCleanShutdown: false, recoveryPoint: wereDurable ? baseOffset + 1 : 0);
        Assert.Equal(wereDurable ? 50 : baseOffset, bench.Log.LogEndOffset);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_first_or_last_segment_that_is_missing_is_told(bool isCleanShutdown)
    {
        var bench = new LogBench(config: LogBench.SmallSegments);
        bench.AppendMany(50);
        var (second, last) = (bench.Log.Segments[1].BaseOffset, bench.Log.Segments[^1].BaseOffset);
        bench.RunAndClose();
        bench.DeleteSegment(0);
        bench.DeleteSegment(last);
        bench.Reopen(isCleanShutdown, recoveryPoint: 50);
        Assert.Equal((second, last), (bench.Log.LogStartOffset, bench.Log.LogEndOffset));
        Assert.Equal(2, bench.Warnings.Count);
        Assert.Contains($"leader-epoch-checkpoint says 0, the log begins at {second}", bench.Warnings[0], StringComparison.Ordinal);
        Assert.Contains($"recovery-point-offset-checkpoint says 50, the log ends at {last}", bench.Warnings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_tail_that_was_torn_after_a_clean_stop_is_told_and_cut_before_the_next_append()
    {
        var bench = new LogBench();
        bench.AppendMany(50);
        var path = bench.Log.Segments[0].File.Path;
        bench.RunAndClose();
        var file = bench.World.Disk.Open(path, DiskOpenMode.Existing);
        file.SetLength(file.Length - 5);
        file.Release();
        bench.Reopen(isCleanShutdown: true, recoveryPoint: 50);
        Assert.Contains(
            bench.Warnings,
            line => line.Contains("recovery-point-offset-checkpoint says 50, the log ends at 49", StringComparison.Ordinal));
        Assert.Equal(49, bench.Append(LogBench.Batch(1)).FirstOffset);
        Assert.Equal(50, bench.ReadAll().Count);
    }

    [Fact]
    public void Segments_that_were_dropped_behind_a_cut_do_not_come_back_behind_what_took_their_place()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var bench = new LogBench(seed, LogBench.SmallSegments);
            bench.AppendMany(50);
            var (damaged, dropped) = (bench.Log.Segments[1].File.Path, bench.Log.Segments[2].BaseOffset);
            bench.RunAndClose();
            bench.World.Disk.FlipBit(damaged, 100, 3);
            bench.Reopen(isCleanShutdown: false);
            // Up to where the first dropped segment began, so that it would fit; in one write, which a power loss often leaves whole.
            bench.Append(LogBench.Batch((int)(dropped - bench.Log.LogEndOffset)));
            bench.Log.Abandon();
            bench.World.Disk.LosePower();
            bench.Reopen(isCleanShutdown: false);
            Assert.True(bench.Log.LogEndOffset <= dropped, $"seed {seed}: the log ends at {bench.Log.LogEndOffset}");
        }
    }

    [Fact]
    public void Power_loss_keeps_every_flushed_batch_and_invents_none()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var bench = new LogBench(seed, LogBench.SmallSegments);
            var random = new Random(seed);
            var flushedOffset = 0L;
            var written = new List<byte[]>();
            for (var i = random.Next(1, 60); i > 0; i--)
            {
                var batch = LogBench.Batch(
                    random.Next(1, 4), random.Next(300), 1000 + i, producer: new ProducerIdAndEpoch(random.Next(3), 0), baseSequence: 0);
                if (bench.Append(batch, AppendOrigin.Coordinator).Error == KafkaError.None)
                    written.Add(batch);
                if (random.Next(10) == 0)
                    bench.Log.Flush();
                flushedOffset = bench.Log.RecoveryPoint;
            }
            bench.Log.Abandon();
            bench.World.Disk.LosePower();
            bench.Reopen(isCleanShutdown: false, recoveryPoint: flushedOffset);
            Assert.True(bench.Log.LogEndOffset >= flushedOffset, $"seed {seed}: {bench.Log.LogEndOffset} < {flushedOffset}");
            var expected = written.Select(batch => new RecordBatch(batch).BaseOffset).Where(offset => offset < bench.Log.LogEndOffset);
            Assert.Equal(expected, bench.ReadAll());
        }
    }
}
