using KafkaCompatBroker.Protocol.Messages;
using static KafkaCompatBroker.Tests.Unit.Replication.Fetchers.PlayedLeader;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetchers;

/// <summary>What a fetcher says of its partitions, and when it says it all again.</summary>
public sealed class LeaderSessionTest : FollowedPartition
{
    [Fact]
    public void Fetch_in_a_session_names_nothing_that_the_leader_knows()
    {
        Begin();

        leader.Answer(9, Records([], highWatermark: 0));

        Assert.Empty(leader.Fetches[^1].Topics);
        Assert.Equal(1, leader.Fetches[^1].SessionEpoch);
    }

    [Fact]
    public void Leader_without_room_for_a_session_is_told_all_each_time()
    {
        Begin();

        leader.Answer(0, Records([], highWatermark: 0));

        Assert.Equal((0, 0), (leader.Fetches[^1].SessionId, leader.Fetches[^1].SessionEpoch));
        Assert.Equal(0, leader.Asked.FetchOffset);
    }

    [Theory]
    [InlineData(KafkaError.FetchSessionIdNotFound, 0)]
    [InlineData(KafkaError.InvalidFetchSessionEpoch, 9)]
    public void Refused_session_is_begun_anew_at_once(KafkaError error, int sessionId)
    {
        Begin();
        leader.Answer(9, Records(Batch(0, 0, "a"), highWatermark: 0));

        leader.Answer(new FetchResponse { ErrorCode = error });

        Assert.Equal((sessionId, 0), (leader.Fetches[^1].SessionId, leader.Fetches[^1].SessionEpoch));
        Assert.Equal(1, leader.Asked.FetchOffset);
    }
}
