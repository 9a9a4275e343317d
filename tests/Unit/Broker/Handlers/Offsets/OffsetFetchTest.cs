using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Offsets;

/// <summary>KIP-709, KIP-848.</summary>
public class OffsetFetchTest
{
    private readonly OffsetsFixture fixture = new();

    [Fact]
    public void What_was_never_committed_is_offset_minus_one_without_an_error()
    {
        fixture.Ask(fixture.Commit, OffsetsFixture.CommitOf("orders", (0, 10)));
        Assert.Equal(["orders-0=10 None", "orders-1=-1 None"], Offsets(fixture.Ask(fixture.Fetch, FetchOf("orders", 0, 1))));
    }

    [Fact]
    public void Error_of_the_group_stands_at_the_top_or_with_each_partition_for_clients_without_that_field()
    {
        fixture.Bench.Coordinator.OnResigned(0, null);
        var request = FetchOf("orders", 0, 1);
        Assert.Equal(
            ["orders-0=-1 NotCoordinator", "orders-1=-1 NotCoordinator"], Offsets(fixture.Ask(fixture.Fetch, request)));
        request.TakesTopLevelError = true;
        var response = fixture.Ask(fixture.Fetch, request);
        Assert.Equal((KafkaError.NotCoordinator, 0), (response.ErrorCode, response.Topics.Count));
    }

    [Fact]
    public void Several_groups_are_asked_for_at_once_each_for_all_it_has()
    {
        fixture.Ask(fixture.Commit, OffsetsFixture.CommitOf("orders", (0, 10), (1, 11)));
        var request = new OffsetFetchRequest
        {
            Batched = true,
            Groups = [new() { GroupId = GroupBench.Group, Topics = null }, new() { GroupId = "unknown", Topics = null }],
        };
        var response = fixture.Ask(fixture.Fetch, request);
        Assert.Equal([GroupBench.Group, "unknown"], response.Groups.Select(group => group.GroupId));
        Assert.Equal(["orders-0=10 None", "orders-1=11 None"], Offsets(response.Groups[0]).Order());
        Assert.Empty(response.Groups[1].Topics);
    }

    [Fact]
    public void Groups_and_partitions_that_are_named_again_are_answered_once()
    {
        fixture.Ask(fixture.Commit, OffsetsFixture.CommitOf("orders", (0, 10), (1, 11)));
        Assert.Equal(["orders-0=10 None", "orders-1=11 None"], Offsets(fixture.Ask(fixture.Fetch, FetchOf("orders", 0, 1, 0, 0))));
        OffsetFetchRequest.OffsetFetchRequestGroup Named(params int[]? partitions) => new()
        {
            GroupId = GroupBench.Group,
            Topics = partitions is null ? null : [new() { Name = "orders", PartitionIndexes = [.. partitions] }],
        };
        string[] Fetch(params OffsetFetchRequest.OffsetFetchRequestGroup[] groups)
            => [.. Offsets(Assert.Single(
                fixture.Ask(fixture.Fetch, new OffsetFetchRequest { Batched = true, Groups = [.. groups] }).Groups)).Order()];
        Assert.Equal(["orders-0=10 None", "orders-1=11 None"], Fetch(Named(0, 0), Named(1), Named(0)));
        Assert.Equal(["orders-0=10 None", "orders-1=11 None"], Fetch(Named(0), Named(null)));
    }

    [Fact]
    public void Topics_are_told_by_id_and_an_unknown_id_is_refused_with_its_partitions()
    {
        fixture.Ask(fixture.Commit, OffsetsFixture.CommitOf("orders", (0, 10)));
        var unknown = new TopicId(9, 9);
        var request = new OffsetFetchRequest
        {
            Batched = true,
            UsesTopicIds = true,
            Groups = [new()
            {
                GroupId = GroupBench.Group,
                Topics = [
                    new() { TopicId = unknown, PartitionIndexes = [0] },
                    new() { TopicId = OffsetsFixture.OrdersId, PartitionIndexes = [0] },
                ],
            }],
        };
        var topics = fixture.Ask(fixture.Fetch, request).Groups[0].Topics;
        Assert.Equal(
            [(unknown, KafkaError.UnknownTopicId, -1L), (OffsetsFixture.OrdersId, KafkaError.None, 10L)],
            topics.Select(topic => (topic.TopicId, topic.Partitions[0].ErrorCode, topic.Partitions[0].CommittedOffset)));
    }

    [Fact]
    public void Oldest_clients_read_what_they_committed_to_ZooKeeper_and_nothing_else()
    {
        fixture.Ask(fixture.Commit, OffsetsFixture.CommitOf("orders", (1, 11)));
        var commit = OffsetsFixture.CommitOf("orders", (0, 10));
        commit.InZooKeeper = true;
        fixture.Ask(fixture.Commit, commit);
        var request = FetchOf("orders", 0, 1);
        request.InZooKeeper = true;
        Assert.Equal(
            ["orders-0=10 None", "orders-1=-1 UnknownTopicOrPartition"], Offsets(fixture.Ask(fixture.Fetch, request)));
    }

    private static OffsetFetchRequest FetchOf(string topic, params int[] partitions)
        => new() { GroupId = GroupBench.Group, Topics = [new() { Name = topic, PartitionIndexes = [.. partitions] }] };

    private static IEnumerable<string> Offsets(OffsetFetchResponse response)
        => response.Topics.SelectMany(topic => topic.Partitions.Select(
            partition => $"{topic.Name}-{partition.PartitionIndex}={partition.CommittedOffset} {partition.ErrorCode}"));

    private static IEnumerable<string> Offsets(OffsetFetchResponse.OffsetFetchResponseGroup group)
        => group.Topics.SelectMany(topic => topic.Partitions.Select(
            partition => $"{topic.Name}-{partition.PartitionIndex}={partition.CommittedOffset} {partition.ErrorCode}"));
}
