using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Members that join, follow, beat, leave, and those that the group does not know.</summary>
internal static class GroupCases
{
    private const int SessionTimeoutMs = 10_000;

    public static void JoinGroup(Conversation talk, short version)
    {
        void Refused(string what, Action<JoinGroupRequest> edit)
            => talk.Ask(what, version, With(Join($"refused-{version}", version), edit));
        Refused("group without a name", join => join.GroupId = "");
        foreach (var timeout in (int[])[10, 0, -5, 1_000_000_000])
            Refused($"session timeout {timeout}", join => join.SessionTimeoutMs = timeout);
        Refused("unknown member", join => join.MemberId = "nobody");
        Refused("no protocol", join => join.Protocols = []);
        Refused("no protocol type", join => join.ProtocolType = "");

        var group = $"joined-{version}";
        var leader = JoinAndSync(talk, group, version);
        talk.Ask("joins again", version, With(Join(group, version), join => join.MemberId = leader.MemberId));
        Sync(talk, group, 2, leader.MemberId, 0);
        using (var other = talk.Other())
        {
            other.Ask("another protocol type", version, With(Join(group, version), join => join.ProtocolType = "connect"));
            other.Ask(
                "no common protocol", version,
                With(Join(group, version), join => join.Protocols = [new() { Name = "sticky", Metadata = [1] }]));
            // The second member waits until the first has joined again.
            var memberId = version >= 4 ? other.Ask("a second member is given an id", version, Join(group, version))!.MemberId : "";
            var second = other.Begin("second member", version, With(Join(group, version), join => join.MemberId = memberId));
            AwaitRebalance(talk, group, 2, leader.MemberId);
            talk.Ask(
                "heartbeat while the group rebalances", 0,
                new HeartbeatRequest { GroupId = group, GenerationId = 2, MemberId = leader.MemberId });
            var again = talk.Ask("first member joins again", version, With(Join(group, version), join => join.MemberId = leader.MemberId));
            var follower = second();
            var waiting = other.Begin(
                "follower syncs", 0, new SyncGroupRequest { GroupId = group, GenerationId = 3, MemberId = follower!.MemberId });
            talk.Ask("leader syncs", 0, new SyncGroupRequest
            {
                GroupId = group,
                GenerationId = again!.GenerationId,
                MemberId = leader.MemberId,
                Assignments = [new() { MemberId = leader.MemberId, Assignment = [1] }, new()
                {
                    MemberId = follower.MemberId,
                    Assignment = [2],
                }],
            });
            waiting();
            other.Ask("follower leaves", 0, new LeaveGroupRequest { GroupId = group, MemberId = follower.MemberId });
        }
        talk.Ask("leader leaves", 0, new LeaveGroupRequest { GroupId = group, MemberId = leader.MemberId });
        if (version >= 5)
            StaticMember(talk, version);
    }

    public static void SyncGroup(Conversation talk, short version)
    {
        var group = $"synced-{version}";
        void Ask(string what, int generation, string member, Action<SyncGroupRequest>? edit = null)
            => talk.Ask(what, version, With(new SyncGroupRequest { GroupId = group, GenerationId = generation, MemberId = member }, edit));
        talk.Ask("unknown group", version, new SyncGroupRequest { GroupId = "never-seen", GenerationId = 1, MemberId = "nobody" });
        talk.Ask("group without a name", version, new SyncGroupRequest { GroupId = "", GenerationId = 1, MemberId = "nobody" });
        var member = JoinMember(talk, group, 5);
        Ask("unknown member", 1, "nobody");
        Ask("generation 7", 7, member.MemberId);
        Ask("generation -1", -1, member.MemberId);
        if (version >= 5)
        {
            Ask("another protocol type", 1, member.MemberId, sync => sync.ProtocolType = "connect");
            Ask("another protocol", 1, member.MemberId, sync => (sync.ProtocolType, sync.ProtocolName) = ("consumer", "sticky"));
        }
        if (version >= 3)
            Ask("unknown instance", 1, member.MemberId, sync => sync.GroupInstanceId = "instance");
        Ask("leader", 1, member.MemberId, sync => sync.Assignments = [new() { MemberId = member.MemberId, Assignment = [1, 2, 3] }]);
        Ask("leader again", 1, member.MemberId);
        Leave(talk, group, member.MemberId);
    }

    public static void Heartbeat(Conversation talk, short version)
    {
        var group = $"beating-{version}";
        void Ask(string what, int generation, string member, string? instance = null, string? of = null)
            => talk.Ask(
                what, version,
                new HeartbeatRequest { GroupId = of ?? group, GenerationId = generation, MemberId = member, GroupInstanceId = instance });
        Ask("unknown group", 1, "nobody", of: "never-seen");
        Ask("group without a name", 1, "nobody", of: "");
        var member = JoinMember(talk, group, 5);
        Ask("before the sync", 1, member.MemberId);
        Sync(talk, group, 1, member.MemberId, 0);
        Ask("good", 1, member.MemberId);
        Ask("generation 7", 7, member.MemberId);
        Ask("generation -1", -1, member.MemberId);
        Ask("unknown member", 1, "nobody");
        Ask("member without a name", 1, "");
        if (version >= 3)
            Ask("unknown instance", 1, member.MemberId, "instance");
        Leave(talk, group, member.MemberId);
        Ask("after it left", 1, member.MemberId);
    }

    public static void LeaveGroup(Conversation talk, short version)
    {
        var group = $"left-{version}";
        LeaveGroupRequest Request(string of, string member)
            => version < 3 ? new() { GroupId = of, MemberId = member } : new() { GroupId = of, Members = [new() { MemberId = member }] };
        talk.Ask("unknown group", version, Request("never-seen", "nobody"));
        talk.Ask("group without a name", version, Request("", "nobody"));
        var member = JoinAndSync(talk, group, 5);
        talk.Ask("unknown member", version, Request(group, "nobody"));
        if (version >= 3)
        {
            talk.Ask(
                "unknown instance", version,
                new LeaveGroupRequest { GroupId = group, Members = [new() { MemberId = "", GroupInstanceId = "instance" }] });
            talk.Ask("no member", version, new LeaveGroupRequest { GroupId = group });
            talk.Ask(
                "known and unknown", version,
                new LeaveGroupRequest { GroupId = group, Members = [new() { MemberId = member.MemberId }, new() { MemberId = "nobody" }] });
        }
        else
        {
            talk.Ask("good", version, Request(group, member.MemberId));
        }
        talk.Ask("again", version, Request(group, member.MemberId));
    }

    /// <summary>Joins as the only member and gives itself an assignment.</summary>
    public static JoinGroupResponse JoinAndSync(Conversation talk, string group, short version)
    {
        var member = JoinMember(talk, group, version);
        Sync(talk, group, 1, member.MemberId, 0);
        return member;
    }

    private static JoinGroupResponse JoinMember(Conversation talk, string group, short version)
    {
        var joined = talk.Ask("first join", version, Join(group, version))!;
        // KIP-394: from version 4 on the first answer only gives an id.
        return joined.ErrorCode == KafkaError.MemberIdRequired
            ? talk.Ask("join with the id", version, With(Join(group, version), join => join.MemberId = joined.MemberId))!
            : joined;
    }

    private static void StaticMember(Conversation talk, short version)
    {
        var group = $"static-{version}";
        JoinGroupRequest Static(string member = "") => With(
            Join(group, version), join => (join.GroupInstanceId, join.MemberId) = ("instance", member));
        var first = talk.Ask("static member", version, Static())!;
        Sync(talk, group, 1, first.MemberId, 0);
        var second = talk.Ask("static member comes back", version, Static())!;
        talk.Ask("the one before is fenced", 3, new HeartbeatRequest
        {
            GroupId = group,
            GenerationId = second.GenerationId,
            MemberId = first.MemberId,
            GroupInstanceId = "instance",
        });
        talk.Ask("the one before joins", version, Static(first.MemberId));
        talk.Ask(
            "static member leaves", 3,
            new LeaveGroupRequest { GroupId = group, Members = [new() { MemberId = second.MemberId, GroupInstanceId = "instance" }] });
    }

    private static JoinGroupRequest Join(string group, short version) => new()
    {
        GroupId = group,
        SessionTimeoutMs = SessionTimeoutMs,
        RebalanceTimeoutMs = version >= 1 ? SessionTimeoutMs : -1,
        ProtocolType = "consumer",
        Protocols = [new() { Name = "range", Metadata = [0, 1] }, new() { Name = "roundrobin", Metadata = [0, 2] }],
    };

    private static void Sync(Conversation talk, string group, int generation, string member, short version)
        => talk.Ask("sync", version, new SyncGroupRequest
        {
            GroupId = group,
            GenerationId = generation,
            MemberId = member,
            Assignments = [new() { MemberId = member, Assignment = [7] }],
        });

    private static void Leave(Conversation talk, string group, string member)
        => talk.Ask("leave", 0, new LeaveGroupRequest { GroupId = group, MemberId = member });

    /// <summary>The second member's request may arrive a little later than the next one on this connection.</summary>
    private static void AwaitRebalance(Conversation talk, string group, int generation, string member)
    {
        using var quiet = talk.Unrecorded();
        Admin.Until("the group rebalances", () => quiet.Ask(
            "rebalancing", 0, new HeartbeatRequest { GroupId = group, GenerationId = generation, MemberId = member })!.ErrorCode
            == KafkaError.RebalanceInProgress).GetAwaiter().GetResult();
    }

    private static T With<T>(T request, Action<T>? edit)
    {
        edit?.Invoke(request);
        return request;
    }
}
