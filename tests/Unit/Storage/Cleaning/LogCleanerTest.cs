using System.Text;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Cleaning;

public sealed class LogCleanerTest
{
    private static readonly LogConfig Compacted = new()
    {
        CleanupPolicy = CleanupPolicy.Compact, CleanableDirtyRatioMin = 0.01, FileDeleteDelayMs = 0, DeleteRetentionMs = 10_000,
    };

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void The_last_record_of_each_key_is_left_with_its_offset_and_the_batch_keeps_its_codec(CompressionType codec)
    {
        var bench = new CleanerBench(Compacted);
        bench.Append(codec, ("a", "1"), ("b", "1"), ("c", "1"));
        bench.Append(codec, ("b", "2"));
        bench.RollAndCompact();
        Assert.Equal(["0 a=1", "2 c=1", "3 b=2"], bench.Records());
        var first = bench.Batches()[0];
        Assert.Equal((0L, 2L, codec), (first.BaseOffset, first.LastOffset, first.Codec));
        Assert.Equal(bench.Bench.Log.LogEndOffset, bench.Bench.Log.ReadOnly.FirstDirtyOffset);
    }

    [Fact]
    public void A_batch_of_which_all_is_kept_keeps_its_bytes()
    {
        var bench = new CleanerBench(Compacted);
        bench.Append(CompressionType.Zstd, ("a", "1"), ("b", "1"));
        var before = bench.Bytes();
        bench.RollAndCompact();
        Assert.Equal(before, bench.Bytes());
    }

    [Fact]
    public void A_tombstone_gets_its_horizon_once_and_goes_when_that_has_come()
    {
        var bench = new CleanerBench(Compacted);
        bench.Append(CompressionType.None, ("a", "1"), ("b", "1"));
        bench.Append(CompressionType.None, ("a", null));
        bench.RollAndCompact();
        Assert.Equal(["1 b=1", "2 a="], bench.Records());
        var horizon = bench.Bench.NowMs + Compacted.DeleteRetentionMs;
        Assert.Equal(horizon, bench.Batches()[1].Horizon);

        bench.Bench.World.Advance(TimeSpan.FromSeconds(9));
        bench.Append(CompressionType.None, ("c", "1"));
        bench.RollAndCompact();
        Assert.Equal(["1 b=1", "2 a=", "3 c=1"], bench.Records());
        Assert.Equal(horizon, bench.Batches()[1].Horizon);

        bench.Bench.World.Advance(TimeSpan.FromSeconds(1));
        bench.Append(CompressionType.None, ("d", "1"));
        bench.RollAndCompact();
        Assert.Equal(["1 b=1", "3 c=1", "4 d=1"], bench.Records());
    }

    [Fact]
    public void The_last_batch_of_a_producer_stays_without_records_so_that_its_repeat_is_known()
    {
        var bench = new CleanerBench(Compacted);
        var producer = new ProducerIdAndEpoch(7, 0);
        bench.Bench.Append(CleanerBench.Batch(CompressionType.None, producer, 0, ("a", "1"), ("b", "1")));
        bench.Append(CompressionType.None, ("a", "2"), ("b", "2"));
        bench.RollAndCompact();
        Assert.Equal(["2 a=2", "3 b=2"], bench.Records());
        var kept = bench.Batches()[0];
        Assert.Equal((0L, 1L, 0), (kept.BaseOffset, kept.LastOffset, kept.RecordCount));
        bench.Bench.Change(bench.Bench.Log.Close);
        bench.Bench.Reopen(isCleanShutdown: false);
        Assert.Equal(1, bench.Bench.Log.ProducerStates.Find(7)!.LastSequence);
    }

    [Fact]
    public void An_open_transaction_and_what_is_too_young_are_left_alone()
    {
        var bench = new CleanerBench(Compacted with { CompactionLagMinMs = 60_000 });
        bench.Append(CompressionType.None, ("a", "1"), ("a", "2"));
        bench.RollAndCompact();
        Assert.Equal(["0 a=1", "1 a=2"], bench.Records());
        bench.Bench.World.Advance(TimeSpan.FromMinutes(2));
        bench.RollAndCompact();
        Assert.Equal(["1 a=2"], bench.Records());

        bench.Bench.Write(TransactionBatches.First);
        bench.Append(CompressionType.None, ("a", "3"));
        bench.Bench.World.Advance(TimeSpan.FromMinutes(2));
        bench.RollAndCompact();
        Assert.Contains("1 a=2", bench.Records());
    }

    [Fact]
    public void A_wrong_checksum_ends_the_compaction_of_that_log_and_nothing_is_changed()
    {
        var bench = new CleanerBench(Compacted);
        bench.Append(CompressionType.None, ("a", "1"), ("a", "2"));
        bench.Bench.Change(bench.Bench.Log.Roll);
        var file = bench.Bench.World.Disk.Open($"{LogBench.Directory}/00000000000000000000.log", DiskOpenMode.Existing);
        file.Write(file.Length - 1, [0xff]);
        file.Release();
        bench.Compact();
        Assert.True(bench.Bench.Log.ReadOnly.IsUncleanable);
        Assert.False(bench.Bench.Log.ReadOnly.IsBeingCleaned);
        Assert.DoesNotContain(
            bench.Bench.World.Disk.NamesIn(LogBench.Directory), name => name.EndsWith(".cleaned", StringComparison.Ordinal));
    }

    [Fact]
    public void A_policy_without_compaction_ends_a_compaction_that_is_under_way()
    {
        var bench = new CleanerBench(Compacted);
        bench.Append(CompressionType.None, ("a", "1"), ("a", "2"));
        bench.Bench.Change(bench.Bench.Log.Roll);
        var cleaning = bench.Bench.Change(bench.Bench.Log.Compaction.Begin)!;
        bench.Bench.Change(() => bench.Bench.Log.UpdateConfig(Compacted with { CleanupPolicy = CleanupPolicy.Delete }));
        Assert.True(cleaning.IsAborted);
        bench.Bench.Change(() => bench.Bench.Log.Compaction.GiveUp(cleaning));
        bench.Compact();
        Assert.Equal(["0 a=1", "1 a=2"], bench.Records());
    }

    [Fact]
    public void A_disk_that_fails_in_any_step_of_a_compaction_leaves_no_file_open()
    {
        for (var (steps, hasFailed) = (1, true); hasFailed; steps++)
        {
            var bench = new CleanerBench(Compacted) { ExpectsDiskFailure = true };
            bench.Append(CompressionType.None, ("a", "1"));
            bench.Append(CompressionType.None, ("a", "2"));
            bench.Bench.Change(bench.Bench.Log.Roll);
            bench.Bench.World.RunUntilIdle();
            bench.Bench.World.Disk.BreakIn(steps, DiskErrorKind.InputOutput);
            bench.Compact();
            hasFailed = bench.Bench.Log.Failure is not null;
            bench.Bench.World.Disk.HealFaults();
            if (!hasFailed)
                bench.Bench.Change(bench.Bench.Log.Close);
            bench.Bench.World.RunUntilIdle();
            Assert.Equal((0, steps), (bench.Bench.World.Disk.OpenFileCount, steps));
        }
    }

    [Fact]
    public void A_truncation_ends_a_compaction_and_what_comes_instead_is_dirty()
    {
        var bench = new CleanerBench(Compacted);
        bench.Append(CompressionType.None, ("a", "1"));
        bench.Append(CompressionType.None, ("a", "2"));
        bench.RollAndCompact();
        Assert.Equal(2, bench.Bench.Log.ReadOnly.FirstDirtyOffset);
        bench.Append(CompressionType.None, ("b", "1"));
        bench.Bench.Change(bench.Bench.Log.Roll);
        var cleaning = bench.Bench.Change(bench.Bench.Log.Compaction.Begin)!;
        bench.Bench.Change(() => bench.Bench.Log.TruncateTo(1));
        Assert.True(cleaning.IsAborted);
        Assert.Equal(0, bench.Bench.Log.ReadOnly.FirstDirtyOffset);
    }

    [Theory]
    [InlineData(0, CompressionType.None)]
    [InlineData(1, CompressionType.None)]
    [InlineData(0, CompressionType.Gzip)]
    [InlineData(1, CompressionType.Lz4)]
    public void Messages_of_formats_0_and_1_are_compacted_in_their_format(sbyte magic, CompressionType codec)
    {
        var bench = new CleanerBench(Compacted);
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new MessageSetWriter(output, magic, codec, logAppendTime: -1))
        {
            foreach (var (offset, key) in (ReadOnlySpan<(long, string)>)[(0, "a"), (1, "b"), (2, "a"), (3, "c")])
                writer.Append(offset, 1000, Encoding.UTF8.GetBytes(key), true, "v"u8, true);
            writer.End();
        }
        bench.Bench.Change(() => bench.Bench.Follow(output.WrittenSpan.ToArray()));
        bench.RollAndCompact();
        Assert.Equal(["1 b=v", "2 a=v", "3 c=v"], bench.Records());
        Assert.All(bench.Batches(), batch => Assert.Equal((magic, codec), (batch.Magic, batch.Codec)));
    }
}
