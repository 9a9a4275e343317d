using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Offsets;

public class OffsetCommitTest
{
    private readonly OffsetsFixture fixture = new();

    [Fact]
    public void Partitions_that_do_not_exist_are_refused_and_the_others_committed_in_one_batch()
    {
        var request = OffsetsFixture.CommitOf("orders", (1, 11), (9, 99), (0, 10));
        request.Topics.AddRange(OffsetsFixture.CommitOf("unknown", (0, 1)).Topics);
        var response = fixture.Ask(fixture.Commit, request);
        Assert.Equal(
            ["orders-1 None", "orders-9 UnknownTopicOrPartition", "orders-0 None", "unknown-0 UnknownTopicOrPartition"],
            Errors(response));
        Assert.Equal(2, Assert.Single(fixture.Bench.Log.Batches).Records.Count);
        Assert.Equal((10L, "note"), (fixture.Bench.Fetch().Offset, fixture.Bench.Fetch().Metadata));
    }

    [Fact]
    public void Topic_is_found_by_its_id_and_one_that_is_not_is_told_apart()
    {
        var request = OffsetsFixture.CommitOf("", (0, 10));
        request.UsesTopicIds = true;
        request.Topics[0].TopicId = OffsetsFixture.OrdersId;
        request.Topics.AddRange(OffsetsFixture.CommitOf("orders", (0, 1)).Topics);
        var response = fixture.Ask(fixture.Commit, request);
        Assert.Equal(["-0 None", "orders-0 UnknownTopicId"], Errors(response));
        Assert.Equal(10, fixture.Bench.Fetch().Offset);
    }

    [Fact]
    public void Errors_of_a_group_stand_beside_their_partitions()
    {
        var request = OffsetsFixture.CommitOf("orders", (1, 11), (9, 99));
        request.GenerationIdOrMemberEpoch = 3;
        Assert.Equal(["orders-1 IllegalGeneration", "orders-9 UnknownTopicOrPartition"], Errors(fixture.Ask(fixture.Commit, request)));
    }

    [Fact]
    public void Oldest_clients_commit_to_ZooKeeper_and_not_to_the_group()
    {
        var request = OffsetsFixture.CommitOf("orders", (0, 10), (1, 11));
        request.InZooKeeper = true;
        request.Topics[0].Partitions[1].CommittedMetadata = new string('a', 4097);
        Assert.Equal(["orders-0 None", "orders-1 OffsetMetadataTooLarge"], Errors(fixture.Ask(fixture.Commit, request)));
        Assert.Empty(fixture.Bench.Log.Batches);
    }

    [Fact]
    public void Old_client_says_when_it_committed_and_for_how_long()
    {
        var request = OffsetsFixture.CommitOf("orders", (0, 10));
        request.RetentionTimeMs = 120_000;
        fixture.Ask(fixture.Commit, request);
        fixture.Bench.World.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(10, fixture.Bench.Fetch().Offset);
        fixture.Bench.World.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(-1, fixture.Bench.Fetch().Offset);
    }

    private static IEnumerable<string> Errors(OffsetCommitResponse response)
        => response.Topics.SelectMany(topic => topic.Partitions.Select(
            partition => $"{topic.Name}-{partition.PartitionIndex} {partition.ErrorCode}"));
}
