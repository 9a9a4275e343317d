using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetching;

/// <summary>Broker 1 leads; brokers 1 and 4 are in rack a, 2, 3 and 5 in rack b, and 6 in none.</summary>
public sealed class PreferredReadReplicaTest
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Consumer_is_sent_to_the_replica_in_its_rack()
        => Assert.Equal(new BrokerId(2), Choose("b", 5, Follower(2), Follower(4)));

    [Fact]
    public void Consumer_stays_with_a_leader_in_its_rack_and_where_its_rack_is_not_known()
    {
        Assert.Null(Choose("a", 5, Follower(4)));
        Assert.Null(Choose("", 5, Follower(2), Follower(6)));
        Assert.Null(Choose("c", 5, Follower(2)));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public void Replica_that_does_not_have_the_offset_is_not_chosen(long offset, bool isChosen)
        => Assert.Equal(isChosen, Choose("b", offset, Follower(2, logStartOffset: 2)) is not null);

    [Fact]
    public void Of_several_the_one_with_most_of_the_log_is_chosen_and_then_the_one_that_lags_least()
    {
        Assert.Equal(new BrokerId(3), Choose("b", 5, Follower(2), Follower(3, logEndOffset: 11), Follower(5)));
        Assert.Equal(new BrokerId(3), Choose("b", 5, Follower(2), Follower(3, caughtUpSeconds: 1), Follower(5)));
    }

    private static BrokerId? Choose(string rack, long offset, params FollowerProgress[] followers)
        => PreferredReadReplica.Choose(rack, new BrokerId(1), offset, followers, broker => broker.Value switch
        {
            1 or 4 => "a",
            2 or 3 or 5 => "b",
            _ => null,
        });

    private static FollowerProgress Follower(int broker, long logEndOffset = 10, long logStartOffset = 0, int caughtUpSeconds = 0)
        => new(new BrokerId(broker), logEndOffset, logStartOffset, Start + TimeSpan.FromSeconds(caughtUpSeconds));
}
