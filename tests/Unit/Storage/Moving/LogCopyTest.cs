using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Moving;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Storage.Moving;

public sealed class LogCopyTest
{
    private static readonly LogConfig config = LogConfig.Default with { SegmentBytes = 700, IndexIntervalBytes = 1 };

    private readonly SimWorld world = new(1);
    private readonly PartitionLog source;
    private readonly LogCopy copy;

    public LogCopyTest()
    {
        source = Open("/a/orders-0");
        copy = new LogCopy(Open("/b/orders-0.future"));
    }

    [Fact]
    public void Copy_begins_where_the_log_begins_also_inside_of_a_batch_and_drops_what_the_log_drops()
    {
        Append(5, records: 4);
        source.RaiseLogStartOffset(6);
        Begin();
        CatchUp();
        Assert.Equal((6, 20), (copy.Log.LogStartOffset, copy.Log.LogEndOffset));
        Assert.Equal(4, copy.Log.Segments[0].BaseOffset);

        Append(40);
        CatchUp();
        source.RaiseLogStartOffset(50);
        CatchUp();

        Assert.Equal(50, copy.Log.LogStartOffset);
        Assert.InRange(copy.Log.Segments[0].BaseOffset, 40, 50);
    }

    [Fact]
    public void Copy_begins_anew_when_retention_was_faster()
    {
        Append(4);
        Begin();
        CatchUp();
        Append(40);
        source.RaiseLogStartOffset(30);
        source.DeleteOldSegments(30);

        Assert.Equal(CopyResult.Truncated, copy.Step(source.ReadOnly).Result);
        CatchUp();

        Assert.Equal((30, 44), (copy.Log.LogStartOffset, copy.Log.LogEndOffset));
    }

    /// <summary>The raise of a log's start that was copied already is lost with the power.</summary>
    [Fact]
    public void Copy_that_begins_behind_its_log_begins_anew()
    {
        Append(8);
        Begin();
        CatchUp();
        copy.Log.RaiseLogStartOffset(5);

        Begin();
        CatchUp();

        Assert.Equal((0, 8), (copy.Log.LogStartOffset, copy.Log.LogEndOffset));
        AssertAlike();
    }

    [Fact]
    public void What_is_cut_off_the_log_is_cut_off_the_copy_before_it_grows()
    {
        Append(20);
        Begin();
        CatchUp();
        source.TruncateTo(15);
        source.TruncateTo(12);
        source.TruncateTo(14);
        Append(8, epoch: 7);

        Assert.Equal(CopyResult.Truncated, copy.Step(source.ReadOnly).Result);
        Assert.Equal(12, copy.Log.LogEndOffset);
        CatchUp();

        AssertAlike();
    }

    [Fact]
    public void Log_that_begins_anew_has_its_copy_begin_anew()
    {
        Append(20);
        Begin();
        CatchUp();
        source.TruncateFullyAndStartAt(100);
        Append(3, epoch: 8);

        Assert.Equal(CopyResult.Truncated, copy.Step(source.ReadOnly).Result);
        CatchUp();

        Assert.Equal((100, 103), (copy.Log.LogStartOffset, copy.Log.LogEndOffset));
        AssertAlike();
    }

    [Fact]
    public void Copy_of_an_earlier_start_goes_on_behind_what_both_have()
    {
        Append(10);
        Begin();
        CatchUp();
        source.TruncateTo(6);
        Append(10, epoch: 9);

        Begin();

        Assert.Equal(6, copy.Log.LogEndOffset);
        CatchUp();
        AssertAlike();
    }

    /// <summary>A tombstone that is cleaned away would be missing behind the record that it deletes.</summary>
    [Fact]
    public void Copy_of_a_log_that_was_compacted_since_begins_anew()
    {
        Append(10);
        Begin();
        CatchUp();
        source.ReadOnly.FirstDirtyOffset = 8;

        Begin();

        Assert.Equal((0, 0), (copy.Log.LogStartOffset, copy.Log.LogEndOffset));
        Assert.Equal(8, copy.Log.ReadOnly.FirstDirtyOffset);
    }

    [Fact]
    public void Copy_without_epochs_begins_anew()
    {
        Append(10);
        Begin();
        CatchUp();
        world.Disk.DeleteFile("/a/orders-0/leader-epoch-checkpoint");
        source.TruncateTo(10);
        var again = Open("/a/orders-0");
        again.TruncateFullyAndStartAt(0);

        copy.Begin(LogCopy.Look(again));

        Assert.Equal(0, copy.Log.LogEndOffset);
    }

    [Fact]
    public void Compaction_rests_from_the_first_look_on()
    {
        var compacted = source.Config with { CleanupPolicy = CleanupPolicy.Compact };
        source.UpdateConfig(compacted);
        var cleaning = source.Compaction.Begin();
        Assert.NotNull(cleaning);

        Begin();

        Assert.True(cleaning.IsAborted);
        Assert.Null(source.Compaction.Begin());
        source.ReadOnly.IsCleaningPaused = false;
        Assert.NotNull(source.Compaction.Begin());
    }

    [Fact]
    public void Copy_takes_the_place_of_the_log_with_epochs_of_no_record_and_with_what_producers_have_begun()
    {
        var producer = new ProducerIdAndEpoch(77, 1);
        Append(3);
        var guard = source.BeginVerification(producer, 0);
        source.AssignLeaderEpoch(new LeaderEpoch(12), 3);
        Begin();
        CatchUp();

        Assert.True(Replace());

        Assert.Equal("/b/orders-0", copy.Log.Directory);
        Assert.Equal([3, 12], copy.Log.LeaderEpochs.Entries.Select(entry => entry.Epoch.Value));
        Assert.Same(guard, copy.Log.BeginVerification(producer, 0));
        Assert.True(world.Disk.DirectoryExists("/a/gone-delete"));
        Assert.False(world.Disk.DirectoryExists("/a/orders-0"));
    }

    [Fact]
    public void What_is_left_is_copied_as_the_place_is_taken_unless_it_is_much()
    {
        Append(50);
        Begin();
        // Each piece is as large as a segment may be.
        Assert.False(Replace());
        Assert.InRange(copy.Log.LogEndOffset, 20, 40);
        Assert.True(world.Disk.DirectoryExists("/a/orders-0"));

        Assert.True(Replace());
        Assert.Equal(50, copy.Log.LogEndOffset);
    }

    /// <summary>Of a segment whose last batches are compacted away nothing can be read up to the log's end.</summary>
    [Fact]
    public void Log_that_ends_with_a_hole_has_its_copy_end_there()
    {
        Append(3);
        source.SkipTo(9);
        Begin();
        while (copy.Step(source.ReadOnly).Result == CopyResult.Copied)
        {
        }
        Assert.Equal(CopyResult.Nothing, copy.Step(source.ReadOnly).Result);

        Assert.True(Replace());

        Assert.Equal(9, copy.Log.LogEndOffset);
        Assert.Equal(9, Open("/b/orders-0").LogEndOffset);
    }

    [Fact]
    public void Settings_of_the_log_are_the_copys()
    {
        Append(1);
        Begin();
        source.UpdateConfig(config with { RetentionMs = 5 });
        CatchUp();
        Assert.Equal(5, copy.Log.Config.RetentionMs);
    }

    private PartitionLog Open(string directory)
    {
        world.Disk.CreateDirectory(directory);
        return PartitionLog.Open(new LogOpenOptions
        {
            Partition = LogBench.Partition,
            Directory = directory,
            Disk = world.Disk,
            Time = world.Time,
            Random = world.NewRandom(),
            Config = config,
        });
    }

    private void Append(int count, int records = 1, int epoch = 3)
    {
        for (var i = 0; i < count; i++)
            Assert.Equal(KafkaError.None, source.AppendAsLeader(LogBench.Batch(records, 100), new LeaderEpoch(epoch)).Error);
    }

    private void Begin() => copy.Begin(LogCopy.Look(source));

    private void CatchUp()
    {
        CopyStep step;
        do
            step = copy.Step(source.ReadOnly);
        while (step.Result is CopyResult.Copied or CopyResult.Truncated);
        Assert.Equal((CopyResult.CaughtUp, source.LogEndOffset), (step.Result, copy.Log.LogEndOffset));
    }

    private bool Replace()
    {
        var isDone = copy.TryReplace(source, "/b/orders-0", "/a/gone-delete", out var failure);
        Assert.Null(failure);
        return isDone;
    }

    private void AssertAlike()
    {
        Assert.Equal(source.LeaderEpochs.Entries, copy.Log.LeaderEpochs.Entries);
        Assert.Equal(Bytes(source), Bytes(copy.Log));
    }

    private static byte[] Bytes(PartitionLog log) => [.. log.Segments.SelectMany(segment =>
    {
        var bytes = new byte[segment.SizeInBytes];
        Assert.Equal(bytes.Length, segment.File.Read(0, bytes));
        return bytes;
    })];
}
