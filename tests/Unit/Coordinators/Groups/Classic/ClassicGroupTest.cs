using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Classic;

public class ClassicGroupTest
{
    [Fact]
    public void First_member_leads_and_gets_the_bytes_that_it_assigns_itself()
    {
        var bench = new GroupBench();
        var joining = bench.Join();
        bench.World.Advance(TimeSpan.FromMilliseconds(1));
        var joined = bench.Now(joining);
        Assert.Equal(
            (KafkaError.None, 1, "consumer", "range"), (joined.Error, joined.GenerationId, joined.ProtocolType, joined.ProtocolName));
        Assert.Equal(joined.MemberId, joined.LeaderId);
        Assert.StartsWith("client-", joined.MemberId, StringComparison.Ordinal);
        Assert.Equal("subscription", GroupBench.Text(Assert.Single(joined.Members!).Metadata));

        var synced = bench.Now(bench.Sync(joined, (joined.MemberId, "partitions")));
        Assert.Equal((KafkaError.None, "partitions"), (synced.Error, GroupBench.Text(synced.Assignment)));
        Assert.Equal(KafkaError.None, bench.Heartbeat(joined.MemberId, 1));
    }

    [Fact]
    public void Members_who_start_together_form_one_generation()
    {
        var bench = new GroupBench(GroupBench.DefaultOptions with { InitialRebalanceDelayMs = 3000 });
        var first = bench.Join();
        bench.World.Advance(TimeSpan.FromSeconds(2));
        var second = bench.Join();
        bench.World.Advance(TimeSpan.FromSeconds(2));
        Assert.True(bench.Waits(first));
        bench.World.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((1, 1), (bench.Now(first).GenerationId, bench.Now(second).GenerationId));
        Assert.Equal(2, bench.Now(first).Members!.Count);
        Assert.Empty(bench.Now(second).Members!);
    }

    [Fact]
    public void Three_members_one_leaves_one_dies_and_the_third_gets_all()
    {
        var bench = new GroupBench();
        var members = bench.StableGroup(3);
        var generation = members[0].GenerationId;
        Assert.Equal(KafkaError.None, bench.Leave(GroupBench.Leaving(members[2].MemberId, null)).Members[0].Error);
        Assert.Equal(KafkaError.RebalanceInProgress, bench.Heartbeat(members[0].MemberId, generation));
        var first = bench.Join(members[0].MemberId);
        // The second one never answers the call to rejoin: its session ends, and the first goes on alone.
        Assert.True(bench.Waits(first));
        bench.World.Advance(TimeSpan.FromSeconds(11));
        var rejoined = bench.Now(first);
        Assert.Equal((generation + 1, 1), (rejoined.GenerationId, rejoined.Members!.Count));
        Assert.Equal(KafkaError.UnknownMemberId, bench.Heartbeat(members[1].MemberId, generation));
        Assert.Equal(KafkaError.UnknownMemberId, bench.CommitNow(5, members[1].MemberId, generation));
    }

    [Fact]
    public void Coordinator_that_is_stopped_answers_who_waits_and_leaves_no_timer_behind()
    {
        var bench = new GroupBench();
        bench.StableGroup(2);
        var joining = bench.Join();
        Assert.True(bench.Waits(joining));
        bench.Coordinator.Dispose();
        Assert.Equal(KafkaError.NotCoordinator, bench.Now(joining).Error);
        Assert.True(bench.World.IsAtRest, "something goes on");
        bench.Elect();
        Assert.Equal(KafkaError.NotCoordinator, bench.CommitNow(1));
    }

    [Fact]
    public void Heartbeats_keep_a_member_and_silence_loses_it()
    {
        var bench = new GroupBench();
        var member = bench.StableGroup(1)[0];
        for (var i = 0; i < 10; i++)
        {
            bench.World.Advance(TimeSpan.FromSeconds(8));
            Assert.Equal(KafkaError.None, bench.Heartbeat(member.MemberId, member.GenerationId));
        }
        bench.World.Advance(TimeSpan.FromSeconds(10.5));
        Assert.Equal(KafkaError.UnknownMemberId, bench.Heartbeat(member.MemberId, member.GenerationId));
    }

    [Fact]
    public void Member_that_joins_and_never_syncs_is_dropped_after_the_rebalance_timeout()
    {
        var bench = new GroupBench();
        var joining = bench.Join(rebalanceMs: 20_000, sessionMs: 30_000);
        bench.World.Advance(TimeSpan.FromSeconds(1));
        var joined = bench.Now(joining);
        bench.World.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(KafkaError.UnknownMemberId, bench.Heartbeat(joined.MemberId, joined.GenerationId));
    }

    [Fact]
    public void Dynamic_member_must_come_back_with_the_id_it_is_given()
    {
        var bench = new GroupBench();
        var refused = bench.Now(bench.Join(requiresId: true));
        Assert.Equal(KafkaError.MemberIdRequired, refused.Error);
        var joining = bench.Join(refused.MemberId, requiresId: true);
        bench.World.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((KafkaError.None, refused.MemberId), (bench.Now(joining).Error, bench.Now(joining).MemberId));
    }

    [Fact]
    public void Pending_member_holds_up_a_rebalance_until_its_session_ends()
    {
        var bench = new GroupBench();
        var member = bench.StableGroup(1)[0];
        _ = bench.Now(bench.Join(requiresId: true));
        var rejoining = bench.Join(member.MemberId);
        Assert.True(bench.Waits(rejoining));
        bench.World.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(member.GenerationId + 1, bench.Now(rejoining).GenerationId);
    }

    [Fact]
    public void Follower_that_asks_again_gets_the_current_generation_and_a_leader_starts_a_new_one()
    {
        var bench = new GroupBench();
        var members = bench.StableGroup(2);
        var (leader, follower) = (members.First(m => m.LeaderId == m.MemberId), members.First(m => m.LeaderId != m.MemberId));
        var again = bench.Now(bench.Join(follower.MemberId));
        Assert.Equal((KafkaError.None, follower.GenerationId), (again.Error, again.GenerationId));
        Assert.Empty(again.Members!);
        Assert.True(bench.Waits(bench.Join(leader.MemberId)));
        Assert.Equal(KafkaError.RebalanceInProgress, bench.Heartbeat(follower.MemberId, follower.GenerationId));
    }

    [Fact]
    public void Protocol_with_the_most_votes_among_those_all_support_wins()
    {
        var bench = new GroupBench(GroupBench.DefaultOptions with { InitialRebalanceDelayMs = 1000 });
        var joins = new[]
        {
            bench.Join(protocols: [("mine", ""), ("range", ""), ("sticky", "")]),
            bench.Join(protocols: [("sticky", ""), ("range", "")]),
            bench.Join(protocols: [("sticky", ""), ("range", "")]),
        };
        bench.World.Advance(TimeSpan.FromSeconds(4));
        Assert.All(joins, join => Assert.Equal("sticky", bench.Now(join).ProtocolName));
        Assert.Equal(KafkaError.InconsistentGroupProtocol, bench.Now(bench.Join(protocols: [("mine", "")])).Error);
        Assert.Equal(KafkaError.InconsistentGroupProtocol, bench.Now(bench.Join(type: "connect")).Error);
    }

    [Fact]
    public void Group_takes_no_more_members_than_its_limit()
    {
        var bench = new GroupBench(GroupBench.DefaultOptions with { InitialRebalanceDelayMs = 0, MaxSize = 2 });
        bench.StableGroup(2);
        var refused = bench.Now(bench.Join());
        Assert.Equal((KafkaError.GroupMaxSizeReached, ""), (refused.Error, refused.MemberId));
    }

    [Fact]
    public void Assignment_that_is_not_committed_reaches_nobody()
    {
        var bench = new GroupBench();
        var joining = bench.Join();
        bench.World.Advance(TimeSpan.FromMilliseconds(1));
        var joined = bench.Now(joining);
        bench.Log.CommitsAtOnce = false;
        var syncing = bench.Sync(joined, (joined.MemberId, "partitions"));
        Assert.True(bench.Waits(syncing));
        bench.Log.CommitAll();
        Assert.Equal("partitions", GroupBench.Text(bench.Now(syncing).Assignment));
    }

    [Fact]
    public void Refused_assignment_is_told_to_all_and_the_group_rebalances()
    {
        var bench = new GroupBench();
        var joining = bench.Join();
        bench.World.Advance(TimeSpan.FromMilliseconds(1));
        var joined = bench.Now(joining);
        bench.Log.AppendError = KafkaError.NotEnoughReplicas;
        Assert.Equal(KafkaError.CoordinatorNotAvailable, bench.Now(bench.Sync(joined, (joined.MemberId, "partitions"))).Error);
        Assert.Equal(KafkaError.RebalanceInProgress, bench.Heartbeat(joined.MemberId, joined.GenerationId));
    }

    [Fact]
    public void Joining_twice_answers_both_requests()
    {
        var bench = new GroupBench();
        var member = bench.StableGroup(2)[0];
        var (first, second) = (bench.Join(member.MemberId), bench.Join(member.MemberId));
        Assert.Equal(KafkaError.RebalanceInProgress, bench.Now(first).Error);
        Assert.True(bench.Waits(second));
    }

    [Fact]
    public void Resigning_answers_everyone_who_waits()
    {
        var bench = new GroupBench();
        bench.StableGroup(2);
        var joining = bench.Join();
        Assert.True(bench.Waits(joining));
        bench.Coordinator.OnResigned(0, new LeaderEpoch(1));
        Assert.Equal(KafkaError.NotCoordinator, bench.Now(joining).Error);
        Assert.Equal(KafkaError.NotCoordinator, bench.Heartbeat("any", 1));
    }

    [Fact]
    public void Members_and_assignments_survive_a_move_to_another_coordinator()
    {
        var bench = new GroupBench();
        var members = bench.StableGroup(2);
        bench.MoveToNewCoordinator();
        foreach (var (member, i) in members.Select((member, i) => (member, i)))
        {
            Assert.Equal(KafkaError.None, bench.Heartbeat(member.MemberId, member.GenerationId));
            Assert.Equal($"a{i}", GroupBench.Text(bench.Now(bench.Sync(member)).Assignment));
        }
        bench.World.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(KafkaError.UnknownMemberId, bench.Heartbeat(members[0].MemberId, members[0].GenerationId));
    }

    [Theory]
    [InlineData("", 1, 10_000, "consumer", KafkaError.InvalidGroupId)]
    [InlineData("g", 1, 10, "consumer", KafkaError.InvalidSessionTimeout)]
    [InlineData("g", 1, 1_000_000_000, "consumer", KafkaError.InvalidSessionTimeout)]
    [InlineData("g", 1, -5, "consumer", KafkaError.InvalidSessionTimeout)]
    [InlineData("g", 0, 10_000, "consumer", KafkaError.InconsistentGroupProtocol)]
    [InlineData("g", 1, 10_000, "", KafkaError.InconsistentGroupProtocol)]
    public void Bad_first_join_is_refused(string group, int protocolCount, int sessionMs, string type, KafkaError expected)
    {
        var bench = new GroupBench();
        var protocols = Enumerable.Range(0, protocolCount).Select(i => new MemberProtocol($"p{i}", [])).ToArray();
        var joined = bench.Now(bench.Coordinator.Join(
            GroupBench.JoinOf("", protocols) with { GroupId = group, SessionTimeoutMs = sessionMs, ProtocolType = type }));
        Assert.Equal((expected, -1), (joined.Error, joined.GenerationId));
    }

    [Fact]
    public void Assignment_of_a_generation_is_written_once_though_an_earlier_write_ends_meanwhile()
    {
        var bench = new GroupBench();
        var joining = bench.Join();
        bench.World.Advance(TimeSpan.FromSeconds(1));
        var first = bench.Now(joining);
        bench.Log.CommitsAtOnce = false;
        _ = bench.Sync(first, (first.MemberId, "first"));
        bench.World.Advance(TimeSpan.FromSeconds(3));
        _ = bench.Join();
        var second = bench.Now(bench.Join(first.MemberId));
        Assert.Equal(first.GenerationId + 1, second.GenerationId);
        _ = bench.Sync(second, (second.MemberId, "second"));
        bench.World.RunUntilIdle();
        var writtenCount = bench.Log.Batches.Count;
        bench.World.Advance(TimeSpan.FromSeconds(3));
        _ = bench.Sync(second, (second.MemberId, "another"));
        bench.World.RunUntilIdle();
        Assert.Equal(writtenCount, bench.Log.Batches.Count);
    }
}
