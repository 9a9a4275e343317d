using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetching;

public sealed class EpochLookupTest
{
    private readonly PartitionWorld world = new();

    public EpochLookupTest()
    {
        world.Lead(leaderEpoch: 1);
        world.Append();
        world.Lead(leaderEpoch: 3, partitionEpoch: 1);
        world.Append();
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(3, 3, 2)]
    [InlineData(4, -1, -1)]
    public void Epoch_ends_where_the_next_one_begins(int asked, int epoch, long end)
    {
        Assert.Equal(KafkaError.None, world.Partition.FindEndOf(new LeaderEpoch(asked), LeaderEpoch.Unknown, out var found));

        Assert.Equal(new EpochEndOffset(new LeaderEpoch(epoch), end), found);
    }

    [Fact]
    public void Reader_with_another_leader_epoch_is_refused()
    {
        Assert.Equal(KafkaError.FencedLeaderEpoch, world.Partition.FindEndOf(new LeaderEpoch(1), new LeaderEpoch(1), out var end));
        Assert.Equal(EpochEndOffset.Undefined, end);
        Assert.Equal(KafkaError.UnknownLeaderEpoch, world.Partition.FindEndOf(new LeaderEpoch(1), new LeaderEpoch(4), out _));
    }

    [Fact]
    public void Follower_does_not_answer()
    {
        world.Follow(leaderEpoch: 4, partitionEpoch: 2);

        Assert.Equal(KafkaError.NotLeaderOrFollower, world.Partition.FindEndOf(new LeaderEpoch(1), LeaderEpoch.Unknown, out _));
    }
}
