using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

/// <summary>
/// What a start after a kill writes beside the records: as much as is wrong, and no more, as it may have thousands of logs to open.
/// </summary>
public sealed class RecoveredFilesTest
{
    [Fact]
    public void A_start_after_a_kill_changes_nothing_on_disk_where_that_is_as_it_must_be()
    {
        foreach (var batchCount in (int[])[0, 1, 50])
        {
            var bench = new LogBench(config: LogBench.SmallSegments);
            bench.Log.AssignLeaderEpoch(LogBench.Epoch, bench.Log.LogEndOffset);
            bench.AppendMany(batchCount);
            var before = bench.ReadAll();
            // What the active segment's indexes held in memory is written by the first start.
            bench.Log.Abandon();
            bench.Reopen(isCleanShutdown: false);
            bench.Log.Abandon();
            var steps = bench.World.Disk.Steps;
            bench.Reopen(isCleanShutdown: false);
            Assert.Equal(before, bench.ReadAll());
            bench.Log.AssignLeaderEpoch(LogBench.Epoch, bench.Log.LogEndOffset);
            Assert.Equal(steps, bench.World.Disk.Steps);
            Assert.Equal(batchCount, bench.Append(LogBench.Batch(1)).FirstOffset);
        }
    }

    [Fact]
    public void An_index_that_is_other_than_what_its_log_holds_is_written_anew()
    {
        var bench = new LogBench(config: LogBench.SmallSegments with { SegmentBytes = 1 << 20 });
        bench.AppendMany(50);
        bench.RunAndClose();
        var path = LogBench.Directory + "/" + LogFileNames.OfOffset(0, LogFileNames.IndexSuffix);
        var right = bench.World.Disk.ReadAllBytes(path);
        Assert.InRange(right.Length, 24, int.MaxValue);
        byte[][] others = [[], right[..^8], [.. right[..8], .. right[^8..]], [.. right, .. right[^8..]], right[..^3]];
        foreach (var other in others)
        {
            bench.World.Disk.ReplaceAtomically(path, other);
            bench.Reopen(isCleanShutdown: false);
            bench.Log.Abandon();
            Assert.Equal(right, bench.World.Disk.ReadAllBytes(path));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(20, false)]
    public void The_epoch_of_a_leader_who_wrote_nothing_is_kept_and_one_beyond_the_end_of_the_log_goes(int lostBytes, bool isKept)
    {
        var bench = new LogBench();
        bench.AppendMany(10);
        bench.Log.AssignLeaderEpoch(new LeaderEpoch(5), 10);
        var path = bench.Log.Segments[0].File.Path;
        bench.Log.Abandon();
        var file = bench.World.Disk.Open(path, DiskOpenMode.Existing);
        file.SetLength(file.Length - lostBytes);
        file.Release();
        bench.Reopen(isCleanShutdown: false);
        LeaderEpochEntry[] expected = [new(LogBench.Epoch, 0), .. isKept ? (LeaderEpochEntry[])[new(new LeaderEpoch(5), 10)] : []];
        Assert.Equal(expected, bench.Log.LeaderEpochs.Entries);
        // What is appended now may reach over where that leader began.
        bench.Log.Abandon();
        bench.Reopen(isCleanShutdown: false);
        Assert.Equal(expected, bench.Log.LeaderEpochs.Entries);
    }
}
