using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class LostRecordsTest
{
    private static readonly CheckpointedOffsets Whole = new(FirstEpochStart: 0, LogStart: 0, RecoveryPoint: 100, HighWatermark: 100);

    [Fact]
    public void A_whole_log_has_nothing_to_tell_nor_has_one_that_grew_or_whose_start_was_raised()
    {
        Assert.Empty(Describe(Whole, (0, 50), (50, 100)));
        Assert.Empty(Describe(Whole, (0, 50), (50, 120)));
        Assert.Empty(Describe(Whole with { LogStart = 70, FirstEpochStart = 70 }, (50, 100)));
        Assert.Empty(Describe(new(-1, 0, 0, 0), (50, 100)));
    }

    [Fact]
    public void Last_records_that_are_gone_are_told_by_the_checkpoint_that_went_furthest()
    {
        Assert.Equal(
            ["last records are gone: recovery-point-offset-checkpoint says 100, the log ends at 90"], Describe(Whole, (0, 90)));
        Assert.Equal(
            ["last records are gone: replication-offset-checkpoint says 95, the log ends at 90"],
            Describe(Whole with { RecoveryPoint = 40, HighWatermark = 95 }, (0, 90)));
    }

    [Fact]
    public void First_records_that_are_gone_are_told()
        => Assert.Equal(
            ["first records are gone: leader-epoch-checkpoint says 20, the log begins at 50"],
            Describe(Whole with { FirstEpochStart = 20 }, (50, 100)));

    [Fact]
    public void Each_hole_is_told_where_compaction_has_not_made_it()
    {
        (long, long)[] segments = [(0, 30), (40, 60), (60, 90), (95, 100)];
        Assert.Equal(
            [
                "records in the middle are gone: a segment ends at 30, the next begins at 40; those behind are kept",
                "records in the middle are gone: a segment ends at 90, the next begins at 95; those behind are kept",
            ],
            Describe(Whole, segments));
        Assert.Empty(LostRecords.Describe(segments, Whole, mayHaveHoles: true));
    }

    [Fact]
    public void A_log_start_beyond_the_end_is_told()
        => Assert.Equal(
            ["log-start-offset-checkpoint says 400, beyond the log's end at 100; it begins at 0"],
            Describe(Whole with { LogStart = 400 }, (0, 100)));

    private static IEnumerable<string> Describe(CheckpointedOffsets checkpoints, params (long, long)[] segments)
        => LostRecords.Describe(segments, checkpoints, mayHaveHoles: false);
}
