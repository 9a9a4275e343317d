using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Reading;
using KafkaCompatBroker.Storage.Segments;
using KafkaCompatBroker.Tests.Unit.Protocol.Legacy;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

/// <summary>Logs that hold messages of formats 0 and 1, as a Kafka of before 0.11 has written them, with batches behind them.</summary>
public sealed class OldFormatSegmentsTest
{
    private static readonly LogConfig SmallSegments = new() { SegmentBytes = 1000, IndexIntervalBytes = 100 };

    public static TheoryData<CompressionType> Codecs
        => new(CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4);

    [Theory, MemberData(nameof(Codecs))]
    public void What_old_brokers_wrote_is_copied_read_and_found_by_time(CompressionType codec)
    {
        var bench = new LogBench(config: SmallSegments);
        var leader = new List<byte>();
        for (var offset = 0; offset < 90; offset += 3)
            Copy(bench, leader, OldMessages.Stored(offset < 30 ? (sbyte)0 : (sbyte)1, codec, offset, 3, timestamp: 1000 * offset));
        var batch = LogBench.Batch(3, timestamp: 90_000);
        new MutableRecordBatch(batch).SetBaseOffset(90);
        new MutableRecordBatch(batch).SetPartitionLeaderEpoch(LogBench.Epoch);
        Copy(bench, leader, batch);

        for (var opened = 0; opened < 3; opened++)
        {
            Assert.Equal(93, bench.Log.LogEndOffset);
            Assert.True(bench.Log.Segments.Count > 3);
            Assert.Equal(leader, bench.Log.Segments.SelectMany(BytesOf));
            for (var offset = 0; offset < 93; offset++)
                Assert.True(new RecordBatch(Read(bench, offset)).LastOffset - offset is >= 0 and < 3);
            // Format 0 has no times.
            Assert.Equal(new TimestampAndOffset(30_000, 30, LeaderEpoch.Unknown), bench.Log.OffsetForTimestamp(0));
            Assert.Equal(new TimestampAndOffset(33_005, 34, LeaderEpoch.Unknown), bench.Log.OffsetForTimestamp(33_001));
            Assert.Equal(new TimestampAndOffset(90_000, 90, LogBench.Epoch), bench.Log.OffsetForTimestamp(87_011));
            Assert.Equal(new TimestampAndOffset(90_002, 92, LogBench.Epoch), bench.Log.MaxTimestampOffset());
            if (opened == 0)
                bench.RunAndClose();
            else
                bench.Log.Abandon();
            bench.Reopen(isCleanShutdown: opened == 0);
        }
    }

    [Theory, MemberData(nameof(Codecs))]
    public void Recovery_cuts_at_the_first_message_that_is_damaged(CompressionType codec)
    {
        var bench = new LogBench();
        var leader = new List<byte>();
        for (var offset = 0; offset < 9; offset += 3)
            Copy(bench, leader, OldMessages.Stored(1, codec, offset, 3));
        var (path, damaged) = (bench.Log.Segments[0].File.Path, bench.Log.Segments[0].SizeInBytes - 1);
        bench.Log.Abandon();
        bench.World.Disk.FlipBit(path, damaged, 2);
        bench.Reopen(isCleanShutdown: false);
        Assert.Equal(codec == CompressionType.None ? 8 : 6, bench.Log.LogEndOffset);
    }

    [Fact]
    public void Missing_indexes_of_old_segments_are_built_anew_with_their_times()
    {
        var bench = new LogBench(config: SmallSegments);
        var leader = new List<byte>();
        for (var offset = 0; offset < 60; offset += 3)
            Copy(bench, leader, OldMessages.Stored(1, CompressionType.Gzip, offset, 3, timestamp: 1000 * offset));
        bench.RunAndClose();
        foreach (var path in bench.World.Disk.List(LogBench.Directory).Select(entry => entry.Name).Where(
            name => name.EndsWith("index", StringComparison.Ordinal)).ToArray())
            bench.World.Disk.DeleteFile($"{LogBench.Directory}/{path}");
        bench.Reopen(isCleanShutdown: true);
        Assert.True(bench.Log.Segments[0].TimeIndex.Count > 1);
        Assert.Equal(new TimestampAndOffset(30_000, 30, LeaderEpoch.Unknown), bench.Log.OffsetForTimestamp(27_011));
    }

    [Fact]
    public void An_append_of_an_old_format_ends_what_is_known_of_leader_epochs()
    {
        var bench = new LogBench();
        bench.AppendMany(2);
        Assert.Equal(LogBench.Epoch, bench.Log.LeaderEpochs.LatestEpoch);
        Assert.Equal(KafkaError.None, bench.Log.AppendAsFollower(OldMessages.Stored(1, CompressionType.None, 2, 1)).Error);
        Assert.Equal(LeaderEpoch.Unknown, bench.Log.LeaderEpochs.LatestEpoch);
    }

    [Fact]
    public void Copies_that_do_not_continue_the_log_are_refused()
    {
        var bench = new LogBench();
        Assert.Equal(KafkaError.None, bench.Log.AppendAsFollower(OldMessages.Stored(1, CompressionType.Gzip, 0, 5)).Error);
        Assert.Equal(KafkaError.OffsetOutOfRange, bench.Log.AppendAsFollower(OldMessages.Stored(1, CompressionType.Gzip, 0, 5)).Error);
        byte[] falling = [.. OldMessages.Stored(1, CompressionType.None, 8, 1), .. OldMessages.Stored(1, CompressionType.None, 7, 1)];
        Assert.Equal(KafkaError.CorruptMessage, bench.Log.AppendAsFollower(falling).Error);
        var damaged = OldMessages.Stored(0, CompressionType.None, 5, 1);
        damaged[^1] ^= 1;
        Assert.Equal(KafkaError.CorruptMessage, bench.Log.AppendAsFollower(damaged).Error);
        // The wrapper holds offsets from 3 on, of which the log has some: only its last one is known, and it is new.
        Assert.Equal(KafkaError.None, bench.Log.AppendAsFollower(OldMessages.Stored(1, CompressionType.Gzip, 3, 5)).Error);
        Assert.Equal(8, bench.Log.LogEndOffset);
        // A message that is cut by the size of the fetch comes again.
        Assert.Equal(KafkaError.None, bench.Log.AppendAsFollower(OldMessages.Stored(1, CompressionType.None, 8, 2)[..^3]).Error);
        Assert.Equal(9, bench.Log.LogEndOffset);
    }

    [Fact]
    public void Offsets_too_far_apart_for_one_segment_begin_another()
    {
        var bench = new LogBench();
        var far = int.MaxValue + 10L;
        Assert.Equal(KafkaError.None, bench.Log.AppendAsFollower(OldMessages.Stored(1, CompressionType.None, 0, 1)).Error);
        Assert.Equal(KafkaError.None, bench.Log.AppendAsFollower(OldMessages.Stored(1, CompressionType.None, far, 1)).Error);
        Assert.Equal([0, far - int.MaxValue], bench.Log.Segments.Select(segment => segment.BaseOffset));
        Assert.Equal(far, new RecordBatch(Read(bench, 1)).LastOffset);
    }

    private static void Copy(LogBench bench, List<byte> leader, byte[] records)
    {
        leader.AddRange(records);
        Assert.Equal(KafkaError.None, bench.Log.AppendAsFollower(records).Error);
    }

    private static byte[] BytesOf(LogSegment segment)
    {
        var bytes = new byte[segment.SizeInBytes];
        Assert.Equal(bytes.Length, segment.File.Read(0, bytes));
        return bytes;
    }

    private static byte[] Read(LogBench bench, long offset)
    {
        var slice = bench.Log.Read(offset, int.MaxValue, long.MaxValue, atLeastOneBatch: true).Slice!.Value;
        var bytes = new byte[slice.Length];
        Assert.Equal(bytes.Length, slice.File.Read(slice.Position, bytes));
        slice.File.Release();
        return bytes;
    }
}
