using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Classic;

/// <summary>KIP-345 and KIP-814.</summary>
public class StaticMemberTest
{
    [Fact]
    public void Restarted_follower_takes_its_place_without_a_rebalance()
    {
        var bench = new GroupBench();
        var members = bench.StableGroup(2, "one", "two");
        var (leader, follower) = (members.First(m => m.LeaderId == m.MemberId), members.First(m => m.LeaderId != m.MemberId));
        var instance = follower == members[0] ? "one" : "two";
        var again = bench.Now(bench.Join(instanceId: instance, skips: true));
        Assert.Equal(
            (KafkaError.None, follower.GenerationId, leader.MemberId, false),
            (again.Error, again.GenerationId, again.LeaderId, again.SkipAssignment));
        Assert.NotEqual(follower.MemberId, again.MemberId);
        Assert.Equal(KafkaError.None, bench.Heartbeat(leader.MemberId, leader.GenerationId));
        Assert.Equal(KafkaError.FencedInstanceId, bench.Heartbeat(follower.MemberId, follower.GenerationId, instance));
        var synced = bench.Now(bench.Sync(again.MemberId, again.GenerationId, instance));
        Assert.Equal($"a{members.IndexOf(follower)}", GroupBench.Text(synced.Assignment));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Restarted_leader_is_told_not_to_assign(bool knowsSkip)
    {
        var bench = new GroupBench();
        var leader = bench.StableGroup(1, "one")[0];
        var again = bench.Now(bench.Join(instanceId: "one", skips: knowsSkip));
        Assert.Equal((KafkaError.None, leader.GenerationId, knowsSkip), (again.Error, again.GenerationId, again.SkipAssignment));
        Assert.Equal(knowsSkip ? again.MemberId : leader.MemberId, again.LeaderId);
        Assert.Equal(knowsSkip ? 1 : 0, again.Members!.Count);
    }

    [Fact]
    public void Replacement_survives_a_move_to_another_coordinator()
    {
        var bench = new GroupBench();
        var old = bench.StableGroup(1, "one")[0];
        var again = bench.Now(bench.Join(instanceId: "one", skips: true));
        bench.MoveToNewCoordinator();
        Assert.Equal(KafkaError.None, bench.Heartbeat(again.MemberId, again.GenerationId, "one"));
        Assert.Equal(KafkaError.FencedInstanceId, bench.Heartbeat(old.MemberId, old.GenerationId, "one"));
    }

    [Fact]
    public void Refused_write_of_a_replacement_leaves_the_old_member_in_place()
    {
        var bench = new GroupBench();
        var old = bench.StableGroup(1, "one")[0];
        bench.Log.AppendError = KafkaError.NotEnoughReplicas;
        var refused = bench.Now(bench.Join(instanceId: "one", skips: true));
        Assert.Equal((KafkaError.CoordinatorNotAvailable, ""), (refused.Error, refused.MemberId));
        bench.Log.AppendError = KafkaError.None;
        Assert.Equal(KafkaError.None, bench.Heartbeat(old.MemberId, old.GenerationId, "one"));
        Assert.Equal("a0", GroupBench.Text(bench.Now(bench.Sync(old.MemberId, old.GenerationId, "one")).Assignment));
    }

    [Fact]
    public void Replacement_with_another_protocol_rebalances()
    {
        var bench = new GroupBench();
        var joining = bench.Join(instanceId: "one", protocols: [("range", ""), ("sticky", "")]);
        bench.World.Advance(TimeSpan.FromMilliseconds(1));
        var first = bench.Now(joining);
        bench.Now(bench.Sync(first.MemberId, first.GenerationId, "one"));
        Assert.Equal(
            KafkaError.InconsistentGroupProtocol, bench.Now(bench.Join(instanceId: "one", protocols: [("cooperative", "")])).Error);
        var again = bench.Now(bench.Join(instanceId: "one", skips: true, protocols: [("sticky", ""), ("range", "")]));
        Assert.Equal((KafkaError.None, "sticky", false), (again.Error, again.ProtocolName, again.SkipAssignment));
    }

    [Fact]
    public void Replaced_while_it_waits_is_fenced()
    {
        var bench = new GroupBench();
        bench.StableGroup(1, "one");
        var waiting = bench.Join(instanceId: "two");
        Assert.True(bench.Waits(waiting));
        var second = bench.Join(instanceId: "two");
        Assert.Equal(KafkaError.FencedInstanceId, bench.Now(waiting).Error);
        Assert.True(bench.Waits(second));
    }

    [Fact]
    public void Static_member_that_does_not_rejoin_stays_until_its_session_ends()
    {
        var bench = new GroupBench();
        var members = bench.StableGroup(2, "one", "two");
        // A third member makes the group rebalance, and only the first answers; its rebalance timeout is the longer one.
        var third = bench.Join(rebalanceMs: 5_000);
        var first = bench.Join(members[0].MemberId, "one", rebalanceMs: 5_000);
        Assert.True(bench.Waits(third));
        bench.World.Advance(TimeSpan.FromSeconds(10.5));
        Assert.Equal(2, bench.Now(first).Members!.Count + bench.Now(third).Members!.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Static_members_without_time_to_rejoin_are_not_asked_after_again_and_again(int rebalanceMs)
    {
        var bench = new GroupBench();
        StaticMembersWhoseDynamicOneLeft(bench, rebalanceMs);
        var before = bench.World.Time.GetUtcNow();
        bench.World.RunSteps(100);
        Assert.True(bench.World.Time.GetUtcNow() > before, "the clock stands still");
    }

    [Fact]
    public void Static_member_that_rejoins_too_late_does_not_wait_for_the_others()
    {
        var bench = new GroupBench();
        var one = StaticMembersWhoseDynamicOneLeft(bench, rebalanceMs: 0);
        bench.World.Advance(TimeSpan.FromSeconds(5));
        var joining = bench.Join(one.MemberId, "one");
        bench.World.Advance(TimeSpan.FromMilliseconds(1));
        var again = bench.Now(joining);
        Assert.Equal((KafkaError.None, one.GenerationId + 1, 2), (again.Error, again.GenerationId, again.Members!.Count));
    }

    [Fact]
    public void Administrator_removes_a_member_by_its_instance_id()
    {
        var bench = new GroupBench();
        var member = bench.StableGroup(1, "one")[0];
        var left = bench.Leave(
            GroupBench.Leaving("", "one"), GroupBench.Leaving("", "nobody"), GroupBench.Leaving("", null),
            GroupBench.Leaving(member.MemberId, null));
        Assert.Equal(
            [KafkaError.None, KafkaError.UnknownMemberId, KafkaError.UnknownMemberId, KafkaError.UnknownMemberId],
            left.Members.Select(answer => answer.Error));
    }

    [Fact]
    public void Wrong_holder_of_an_instance_id_is_fenced_everywhere()
    {
        var bench = new GroupBench();
        var member = bench.StableGroup(1, "one")[0];
        Assert.Equal(KafkaError.FencedInstanceId, bench.Heartbeat("other", member.GenerationId, "one"));
        Assert.Equal(KafkaError.FencedInstanceId, bench.Now(bench.Sync("other", member.GenerationId, "one")).Error);
        Assert.Equal(KafkaError.FencedInstanceId, bench.Now(bench.Join("other", "one")).Error);
        Assert.Equal(KafkaError.FencedInstanceId, bench.Leave(GroupBench.Leaving("other", "one")).Members[0].Error);
        Assert.Equal(KafkaError.UnknownMemberId, bench.Heartbeat(member.MemberId, member.GenerationId, "nobody"));
    }

    /// <summary>Two static members, "one" and "two", whose group has to rebalance; neither has rejoined yet.</summary>
    private static JoinReply StaticMembersWhoseDynamicOneLeft(GroupBench bench, int rebalanceMs)
    {
        var joins = new[] { bench.Join(
            instanceId: "one", rebalanceMs: rebalanceMs), bench.Join(instanceId: "two", rebalanceMs: rebalanceMs), bench.Join() };
        bench.World.Advance(TimeSpan.FromMilliseconds(1));
        bench.Leave(GroupBench.Leaving(bench.Now(joins[2]).MemberId, null));
        return bench.Now(joins[0]);
    }
}
