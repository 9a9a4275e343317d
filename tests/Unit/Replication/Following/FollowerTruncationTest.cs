using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Tests.Unit.Replication.Following;

/// <summary>A follower with epoch 1 from offset 0, 3 from 10 and 5 from 20, whose log ends at 30 and whose high watermark is 7.</summary>
public sealed class FollowerTruncationTest
{
    private static readonly LeaderEpochs Own = LeaderEpochs.None
        .With(new LeaderEpoch(1), 0).With(new LeaderEpoch(3), 10).With(new LeaderEpoch(5), 20);

    [Theory]
    [InlineData(5, 40, 30, true)] // The leader has more of the same epoch.
    [InlineData(5, 25, 25, true)] // The leader has less.
    [InlineData(3, 15, 15, true)] // The leader has not the last epoch, and of the one before less.
    [InlineData(3, 25, 20, true)] // It has more of the one before.
    [InlineData(4, 15, 20, false)] // It ends with one that is not here: the largest below is asked for next.
    [InlineData(0, 5, 0, true)] // It has none that is here.
    [InlineData(-1, -1, 7, true)] // It knows no epochs.
    [InlineData(-1, 25, 25, true)] // It tells of no epoch, as before KIP-279.
    [InlineData(6, 25, 25, true)] // It has a later one, of which nothing is known here.
    public void Log_is_cut_where_both_agree(int leaderEpoch, long leaderEndOffset, long offset, bool isComplete)
        => Assert.Equal(
            new Truncation(offset, isComplete),
            FollowerTruncation.Decide(
                new EpochEndOffset(new LeaderEpoch(leaderEpoch), leaderEndOffset), Own, logEndOffset: 30, highWatermark: 7));

    [Fact]
    public void Log_without_epochs_takes_the_leaders_word()
        => Assert.Equal(
            new Truncation(12, IsComplete: true),
            FollowerTruncation.Decide(new EpochEndOffset(new LeaderEpoch(3), 12), LeaderEpochs.None, logEndOffset: 30, highWatermark: 7));
}
