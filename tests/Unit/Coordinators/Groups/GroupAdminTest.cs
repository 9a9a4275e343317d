using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Offsets;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

public class GroupAdminTest
{
    // A consumer's subscription of version 0 to "orders".
    private const string SubscribesToOrders = "\0\0\0\0\0\u0001\0\u0006orders\0\0\0\0";

    [Fact]
    public void Stable_group_is_described_with_its_members_bytes_and_an_unknown_one_is_Dead()
    {
        var bench = new GroupBench();
        var member = bench.StableGroup(1)[0];
        var described = bench.Now(bench.Coordinator.Describe(GroupBench.Group));
        Assert.Equal(
            (KafkaError.None, "Stable", "consumer", "range"),
            (described.Error, described.State, described.ProtocolType, described.ProtocolName));
        var only = Assert.Single(described.Members);
        Assert.Equal((member.MemberId, "client", "/127.0.0.1"), (only.MemberId, only.ClientId, only.ClientHost));
        Assert.Equal(("subscription", "a0"), (GroupBench.Text(only.Metadata), GroupBench.Text(only.Assignment)));
        var unknown = bench.Now(bench.Coordinator.Describe("unknown"));
        Assert.Equal((KafkaError.None, "Dead", ""), (unknown.Error, unknown.State, unknown.ProtocolType));
    }

    [Fact]
    public void Rebalancing_group_is_described_without_protocol_and_bytes()
    {
        var bench = new GroupBench();
        bench.StableGroup(1);
        _ = bench.Join();
        var described = bench.Now(bench.Coordinator.Describe(GroupBench.Group));
        Assert.Equal(("PreparingRebalance", "consumer", ""), (described.State, described.ProtocolType, described.ProtocolName));
        Assert.All(described.Members, member => Assert.Empty(member.Metadata.Concat(member.Assignment)));
    }

    [Fact]
    public void Groups_are_listed_with_type_and_state_and_loading_ones_are_told_of()
    {
        var bench = new GroupBench();
        bench.StableGroup(1);
        bench.CommitNow(1, group: "simple");
        var listed = bench.Now(bench.Coordinator.List());
        Assert.Equal(KafkaError.None, listed.Error);
        Assert.Equal(
            [Listed(GroupBench.Group, "consumer", ClassicGroupState.Stable), Listed("simple", "", ClassicGroupState.Empty)],
            listed.Groups.OrderBy(group => group.GroupId));
        bench.Log.ReadError = KafkaError.UnknownServerError;
        bench.MoveToNewCoordinator();
        Assert.Equal(KafkaError.CoordinatorLoadInProgress, bench.Now(bench.Coordinator.List()).Error);
        bench.Coordinator.OnResigned(0, null);
        var resigned = bench.Now(bench.Coordinator.List());
        Assert.Equal((KafkaError.None, 0), (resigned.Error, resigned.Groups.Count));
    }

    [Fact]
    public void A_listing_behind_an_append_goes_on_in_the_world_that_asked()
    {
        var bench = new GroupBench();
        bench.Log.HoldsAppends = true;
        _ = bench.Commit(1);
        var listing = bench.World.Start(() => bench.Coordinator.List());
        bench.World.RunUntilIdle();
        Assert.False(listing.IsCompleted);
        bench.Log.HoldsAppends = false;
        bench.World.Await(listing);
    }

    [Fact]
    public void Only_a_group_without_members_is_deleted_and_its_offsets_stay_gone()
    {
        var bench = new GroupBench();
        var member = bench.StableGroup(1)[0];
        bench.CommitNow(1, member.MemberId, member.GenerationId);
        Assert.Equal(KafkaError.NonEmptyGroup, bench.Now(bench.Coordinator.Delete(GroupBench.Group)));
        Assert.Equal(KafkaError.GroupIdNotFound, bench.Now(bench.Coordinator.Delete("unknown")));
        bench.Leave(GroupBench.Leaving(member.MemberId, null));
        bench.World.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(KafkaError.None, bench.Now(bench.Coordinator.Delete(GroupBench.Group)));
        Assert.Equal(KafkaError.GroupIdNotFound, bench.Now(bench.Coordinator.Delete(GroupBench.Group)));
        bench.MoveToNewCoordinator();
        Assert.Empty(bench.Now(bench.Coordinator.List()).Groups);
        Assert.Equal(-1, bench.Fetch().Offset);
    }

    [Fact]
    public void Group_whose_tombstones_are_refused_is_still_there()
    {
        var bench = new GroupBench();
        bench.CommitNow(7);
        bench.Log.AppendError = KafkaError.NotEnoughReplicas;
        Assert.Equal(KafkaError.CoordinatorNotAvailable, bench.Now(bench.Coordinator.Delete(GroupBench.Group)));
        bench.Log.AppendError = KafkaError.None;
        Assert.Equal("Empty", bench.Now(bench.Coordinator.Describe(GroupBench.Group)).State);
        Assert.Equal(7, bench.Fetch().Offset);
    }

    [Fact]
    public void Members_of_a_group_that_comes_back_from_an_outdated_record_are_removed_when_their_sessions_end()
    {
        var bench = new GroupBench();
        var member = bench.StableGroup(1)[0];
        // The group becomes Empty and is deleted, and neither can be written: the log still holds the generation with its member.
        bench.Log.AppendError = KafkaError.NotEnoughReplicas;
        bench.Leave(GroupBench.Leaving(member.MemberId));
        bench.World.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(KafkaError.CoordinatorNotAvailable, bench.Now(bench.Coordinator.Delete(GroupBench.Group)));
        bench.Log.AppendError = KafkaError.None;
        Assert.Single(bench.Now(bench.Coordinator.Describe(GroupBench.Group)).Members);
        bench.World.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("Empty", bench.Now(bench.Coordinator.Describe(GroupBench.Group)).State);
    }

    [Fact]
    public void Offsets_of_topics_that_members_read_are_kept()
    {
        var bench = new GroupBench();
        var joining = bench.Join(protocols: ("range", SubscribesToOrders));
        bench.World.Advance(TimeSpan.FromMilliseconds(1));
        var joined = bench.Now(joining);
        bench.Now(bench.Sync(joined, (joined.MemberId, "a")));
        var bills0 = new TopicPartition("bills", 0);
        bench.CommitNow(1, joined.MemberId, joined.GenerationId);
        bench.CommitNow(2, joined.MemberId, joined.GenerationId, partition: bills0);
        var reply = bench.Now(bench.Coordinator.DeleteOffsets(new DeleteOffsetsRequest(GroupBench.Group, [GroupBench.Orders0, bills0])));
        Assert.Equal([KafkaError.GroupSubscribedToTopic, KafkaError.None], reply.PartitionErrors);
        Assert.Equal((1L, -1L), (bench.Fetch().Offset, bench.Fetch(bills0).Offset));
    }

    [Fact]
    public void Offsets_are_deleted_from_a_group_without_members_and_from_no_other_kind_of_group_with_some()
    {
        var bench = new GroupBench();
        Assert.Equal(KafkaError.GroupIdNotFound, DeleteOrders(bench).Error);
        bench.CommitNow(1);
        Assert.Equal([KafkaError.None], DeleteOrders(bench).PartitionErrors);
        Assert.Equal(-1, bench.Fetch().Offset);
        _ = bench.Join(type: "connect");
        bench.World.RunUntilIdle();
        Assert.Equal(KafkaError.NonEmptyGroup, DeleteOrders(bench).Error);
    }

    private static ListedGroup Listed(string groupId, string protocolType, ClassicGroupState state)
        => new() { GroupId = groupId, ProtocolType = protocolType, State = state.ToString(), Type = "classic" };

    private static DeleteOffsetsReply DeleteOrders(GroupBench bench)
        => bench.Now(bench.Coordinator.DeleteOffsets(new DeleteOffsetsRequest(GroupBench.Group, [GroupBench.Orders0])));
}
