using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Tests.Unit.Storage.Checkpoints;

public sealed class LeaderEpochsTest
{
    private static readonly LeaderEpochs ThreeLeaders = Epochs((1, 0), (3, 10), (4, 20));

    private static LeaderEpochs Epochs(params (int Epoch, long StartOffset)[] entries)
        => entries.Aggregate(LeaderEpochs.None, (epochs, entry) => epochs.With(new LeaderEpoch(entry.Epoch), entry.StartOffset));

    private static (int, long)[] EntriesOf(LeaderEpochs epochs)
        => [.. epochs.Entries.Select(entry => (entry.Epoch.Value, entry.StartOffset))];

    [Theory]
    [InlineData(1, 1, 10)]
    [InlineData(2, 1, 10)]
    [InlineData(3, 3, 20)]
    [InlineData(4, 4, 25)]
    [InlineData(0, 0, 0)]
    [InlineData(5, -1, -1)]
    [InlineData(-1, -1, -1)]
    public void An_epoch_ends_where_the_next_one_begins_and_the_latest_at_the_logs_end(int asked, int epoch, long endOffset)
        => Assert.Equal(
            new EpochEndOffset(new LeaderEpoch(epoch), endOffset), ThreeLeaders.EndOffsetFor(new LeaderEpoch(asked), logEndOffset: 25));

    [Fact]
    public void An_offset_was_written_in_the_last_epoch_that_began_at_or_before_it()
    {
        Assert.Equal([1, 1, 3, 4], new long[] { 0, 9, 10, 99 }.Select(offset => ThreeLeaders.EpochOf(offset).Value));
        Assert.Equal(LeaderEpoch.Unknown, Epochs((1, 5)).EpochOf(4));
        Assert.Equal(LeaderEpoch.Unknown, LeaderEpochs.None.EpochOf(0));
    }

    [Fact]
    public void An_epoch_that_begins_earlier_than_known_takes_the_place_of_what_follows_it()
    {
        Assert.Equal([(1, 0), (3, 10), (4, 20)], EntriesOf(ThreeLeaders));
        Assert.Same(ThreeLeaders, ThreeLeaders.With(new LeaderEpoch(4), 22));
        Assert.Equal([(1, 0), (4, 10)], EntriesOf(ThreeLeaders.With(new LeaderEpoch(4), 10)));
        Assert.Equal([(1, 0), (2, 20)], EntriesOf(ThreeLeaders.With(new LeaderEpoch(2), 20)));
        Assert.Equal([(5, 0)], EntriesOf(ThreeLeaders.With(new LeaderEpoch(5), 0)));
    }

    [Fact]
    public void Cut_at_either_end_the_epochs_cover_what_is_left_of_the_log()
    {
        Assert.Same(ThreeLeaders, ThreeLeaders.Before(21));
        Assert.Equal([(1, 0), (3, 10)], EntriesOf(ThreeLeaders.Before(20)));
        Assert.Empty(ThreeLeaders.Before(0).Entries);
        Assert.Same(ThreeLeaders, ThreeLeaders.From(0));
        Assert.Equal([(1, 5), (3, 10), (4, 20)], EntriesOf(ThreeLeaders.From(5)));
        Assert.Equal([(3, 10), (4, 20)], EntriesOf(ThreeLeaders.From(10)));
        Assert.Equal([(4, 30)], EntriesOf(ThreeLeaders.From(30)));
    }

    [Theory]
    [InlineData("1 0,3 10,4 20", 40, 30)]
    [InlineData("1 0,3 10,4 20", 25, 25)]
    [InlineData("1 0,3 10", 40, 20)]
    [InlineData("1 0,3 10,5 15", 40, 15)]
    [InlineData("1 0,2 5", 40, 5)]
    [InlineData("3 12,4 20", 22, 22)]
    [InlineData("2 0", 40, null)]
    [InlineData("", 40, null)]
    public void Two_logs_are_alike_up_to_the_end_of_the_largest_epoch_that_both_know(string other, long otherEnd, object? shared)
    {
        var text = other.Length == 0 ? "0\n0\n" : $"0\n{other.Split(',').Length}\n{other.Replace(',', '\n')}\n";
        Assert.True(LeaderEpochs.TryParse(text, out var epochs));
        var expected = shared is null ? (long?)null : Convert.ToInt64(shared);
        Assert.Equal(expected, ThreeLeaders.SharedEnd(30, epochs, otherEnd));
        Assert.Equal(expected, epochs.SharedEnd(otherEnd, ThreeLeaders, 30));
    }

    [Fact]
    public void The_file_is_Kafkas_and_one_that_does_not_rise_is_refused()
    {
        Assert.Equal("0\n3\n1 0\n3 10\n4 20\n", ThreeLeaders.ToCheckpointText());
        Assert.True(LeaderEpochs.TryParse("0\n3\n1 0\n3 10\n4 20\n", out var read));
        Assert.Equal(EntriesOf(ThreeLeaders), EntriesOf(read));
        // Kafka makes the file empty before it first writes it.
        Assert.True(LeaderEpochs.TryParse("", out _));
        string[] refused = ["1\n0\n", "0\n2\n1 0\n", "0\n2\n1 0\n1 5\n", "0\n2\n1 5\n2 5\n", "0\n1\nx 0\n", "0\n1\n1 0 0\n"];
        foreach (var text in refused)
            Assert.False(LeaderEpochs.TryParse(text, out _), text);
    }
}
