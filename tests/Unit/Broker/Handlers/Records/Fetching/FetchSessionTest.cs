using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Replication;
using static KafkaCompatBroker.Tests.Unit.Replication.BrokerWorld;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records.Fetching;

public class FetchSessionTest
{
    private readonly BrokerWorld world = new BrokerWorld().Lead();

    [Fact]
    public void Incremental_fetch_says_only_what_is_new()
    {
        var session = world.Send(FetchOf(0, sessionEpoch: 0)).SessionId;
        Assert.NotEqual(0, session);

        Assert.Empty(world.Send(Continue(session, 1)).Responses);
        world.Append();
        Assert.Single(world.Send(Continue(session, 2)).Responses);
    }

    [Fact]
    public void Unknown_session_and_wrong_epoch_are_refused()
    {
        var session = world.Send(FetchOf(0, sessionEpoch: 0)).SessionId;

        Assert.Equal(KafkaError.FetchSessionIdNotFound, world.Send(FetchOf(0, sessionId: 12345, sessionEpoch: 3)).ErrorCode);
        Assert.Equal(KafkaError.FetchSessionIdNotFound, world.Send(FetchOf(0, sessionId: 0, sessionEpoch: 5)).ErrorCode);
        Assert.Equal(KafkaError.InvalidFetchSessionEpoch, world.Send(Continue(session, 7)).ErrorCode);
    }

    [Fact]
    public void Error_is_repeated_and_its_end_is_news()
    {
        var session = world.Send(FetchOf(5, sessionEpoch: 0)).SessionId;

        Assert.Equal(KafkaError.OffsetOutOfRange, world.Send(Continue(session, 1)).Responses[0].Partitions[0].ErrorCode);
        for (var count = 0; count < 5; count++)
            world.Append();
        Assert.Equal(KafkaError.None, world.Send(Continue(session, 2)).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void What_an_answer_says_besides_where_logs_part_is_said_again()
    {
        world.Append();
        world.Lead(leaderEpoch: 3, partitionEpoch: 1);
        var request = FetchOf(2, sessionEpoch: 0);
        request.Topics[0].Partitions[0].LastFetchedEpoch = 2;
        var first = world.Send(request);
        Assert.Equal(0, first.Responses[0].Partitions[0].DivergingEpoch.Epoch);

        request = FetchOf(1, sessionId: first.SessionId, sessionEpoch: 1);
        request.Topics[0].Partitions[0].LastFetchedEpoch = 0;

        Assert.Equal(1, world.Send(request).Responses[0].Partitions[0].HighWatermark);
        Assert.Empty(world.Send(Continue(first.SessionId, 2)).Responses);
    }

    [Fact]
    public void Session_ends_when_nothing_is_left_to_fetch()
    {
        var session = world.Send(FetchOf(0, sessionEpoch: 0)).SessionId;
        var forget = Continue(session, 1);
        forget.ForgottenTopicsData.Add(new() { Topic = Topic, Partitions = [0] });

        Assert.Equal(0, world.Send(forget).SessionId);
        Assert.Equal(0, world.Sessions.Count);
    }

    [Fact]
    public void Session_of_names_is_not_continued_with_topic_ids()
    {
        var session = world.Send(FetchOf(0, sessionEpoch: 0)).SessionId;
        var request = Continue(session, 1);
        request.TopicIds = true;

        Assert.Equal(KafkaError.FetchSessionTopicIdError, world.Send(request).ErrorCode);
    }

    [Fact]
    public void Full_cache_gives_no_session_until_one_is_idle_for_two_minutes()
    {
        world.Send(FetchOf(0, sessionEpoch: 0));
        world.Send(FetchOf(0, sessionEpoch: 0));

        Assert.Equal(0, world.Send(FetchOf(0, sessionEpoch: 0)).SessionId);
        world.World.Advance(TimeSpan.FromSeconds(121));
        Assert.NotEqual(0, world.Send(FetchOf(0, sessionEpoch: 0)).SessionId);
        Assert.Equal(2, world.Sessions.Count);
    }

    [Fact]
    public void Sessions_are_weighed_by_their_partitions()
    {
        Assert.Equal(0, world.Send(FetchOfMany(101)).SessionId);
        var first = world.Send(FetchOfMany(60)).SessionId;
        Assert.NotEqual(0, first);
        Assert.Equal(0, world.Send(FetchOfMany(41)).SessionId);
        var second = world.Send(FetchOfMany(40)).SessionId;
        Assert.NotEqual(0, second);
        Assert.Equal(0, world.Send(FetchOfMany(101)).SessionId);
        Assert.Equal(2, world.Sessions.Count);

        // One that grows beyond what is left ends, and makes room.
        var grown = FetchOfMany(61);
        (grown.SessionId, grown.SessionEpoch) = (first, 1);
        Assert.Equal(KafkaError.FetchSessionIdNotFound, world.Send(grown).ErrorCode);
        Assert.Equal(1, world.Sessions.Count);
        Assert.NotEqual(0, world.Send(FetchOfMany(60)).SessionId);
    }

    [Fact]
    public void Full_fetch_closes_the_session_it_names()
    {
        var session = world.Send(FetchOf(0, sessionEpoch: 0)).SessionId;

        world.Send(FetchOf(0, sessionId: session, sessionEpoch: -1));

        Assert.Equal(0, world.Sessions.Count);
    }

    private static FetchRequest FetchOfMany(int partitions)
    {
        var request = FetchOf(0, sessionEpoch: 0);
        var only = request.Topics[0].Partitions[0];
        for (var partition = 1; partition < partitions; partition++)
            request.Topics[0].Partitions.Add(new() { Partition = partition, PartitionMaxBytes = only.PartitionMaxBytes });
        return request;
    }

    private static FetchRequest Continue(int session, int epoch)
    {
        var request = FetchOf(0, sessionId: session, sessionEpoch: epoch);
        request.Topics.Clear();
        return request;
    }
}
