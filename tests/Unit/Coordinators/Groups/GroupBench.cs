using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Offsets;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

/// <summary>A group coordinator of one partition in a simulated world, and short words for what clients do.</summary>
internal sealed class GroupBench
{
    public const string Group = "group";
    public static readonly TopicPartition Orders0 = new("orders", 0);

    /// <summary>The settings' defaults, without the delay of a group's first rebalance.</summary>
    public static readonly GroupOptions DefaultOptions
        = BrokerConfig.Parse(new Dictionary<string, string>()).ToGroupOptions(1L << 30) with { InitialRebalanceDelayMs = 0 };

    public GroupBench(GroupOptions? options = null, int seed = 1, bool elect = true)
    {
        World = new SimWorld(seed);
        Options = options ?? DefaultOptions;
        Log = new MemoryCoordinatorLog(World.Loops, new LeaderEpoch(0));
        Coordinator = NewCoordinator();
        if (elect)
            Elect();
    }

    public SimWorld World { get; }
    public GroupOptions Options { get; }
    public MemoryCoordinatorLog Log { get; }
    public GroupCoordinator Coordinator { get; private set; }

    public void Elect()
    {
        Coordinator.OnElected(Log, Log.LeaderEpoch);
        World.RunUntilIdle();
    }

    /// <summary>Another broker takes over what the log holds.</summary>
    public void MoveToNewCoordinator()
    {
        Coordinator.OnResigned(0, null);
        World.RunUntilIdle();
        Coordinator.Dispose();
        Log.LeaderEpoch = new LeaderEpoch(Log.LeaderEpoch.Value + 1);
        Coordinator = NewCoordinator();
        Elect();
    }

    public Task<JoinReply> Join(
        string memberId = "", string? instanceId = null, bool requiresId = false, bool skips = false, int sessionMs = 10_000,
        int rebalanceMs = 60_000,
        string type = "consumer", string group = Group, params (string Name, string Metadata)[] protocols)
    {
        if (protocols.Length == 0)
            protocols = [("range", "subscription")];
        return Coordinator.Join(JoinOf(memberId, [.. protocols.Select(
            protocol => new MemberProtocol(protocol.Name, Bytes(protocol.Metadata)))]) with
        {
            GroupId = group,
            GroupInstanceId = instanceId,
            RequiresKnownMemberId = requiresId,
            SkipsAssignment = skips,
            SessionTimeoutMs = sessionMs,
            RebalanceTimeoutMs = rebalanceMs,
            ProtocolType = type,
        });
    }

    public Task<SyncReply> Sync(JoinReply joined, params (string MemberId, string Assignment)[] assignments)
        => Sync(joined.MemberId, joined.GenerationId, null, assignments);

    public Task<SyncReply> Sync(
        string memberId, int generationId, string? instanceId, params (string MemberId, string Assignment)[] assignments)
        => Coordinator.Sync(SyncOf(memberId, generationId) with
        {
            GroupInstanceId = instanceId,
            Assignments = assignments.ToDictionary(pair => pair.MemberId, pair => Bytes(pair.Assignment)),
        });

    public KafkaError Heartbeat(string memberId, int generationId, string? instanceId = null, string group = Group)
        => Now(Coordinator.Heartbeat(HeartbeatOf(memberId, generationId) with { GroupId = group, GroupInstanceId = instanceId }));

    public LeaveReply Leave(params LeavingMember[] members) => Now(Coordinator.Leave(new LeaveRequest(Group, members)));

    public Task<CommitReply> Commit(
        long offset, string memberId = "", int generationId = -1, string metadata = "", TopicPartition? partition = null,
        string group = Group, long? retentionMs = null)
        => Coordinator.Commit(CommitOf(new OffsetToCommit
        {
            Partition = partition ?? Orders0,
            Offset = offset,
            LeaderEpoch = 3,
            Metadata = metadata,
            RetentionMs = retentionMs,
        }) with
        {
            GroupId = group,
            Committer = new Committer { MemberId = memberId, GroupInstanceId = null, GenerationId = generationId },
        });

    public KafkaError CommitNow(
        long offset, string memberId = "", int generationId = -1, string metadata = "", TopicPartition? partition = null,
        string group = Group, long? retentionMs = null)
        => Now(Commit(offset, memberId, generationId, metadata, partition, group, retentionMs)).Errors[0];

    public FetchedOffset Fetch(TopicPartition? partition = null, bool stable = false, string group = Group)
        => Now(Coordinator.FetchOffsets(
            new FetchOffsetsRequest { GroupId = group, Partitions = [partition ?? Orders0], RequireStable = stable })).Offsets[0];

    /// <summary>A stable group of that many dynamic members; the first leads, and "a0", "a1"… are the assignments.</summary>
    public List<JoinReply> StableGroup(int memberCount, params string?[] instanceIds)
    {
        var joins = Enumerable.Range(0, memberCount).Select(i => Join(instanceId: instanceIds.ElementAtOrDefault(i))).ToList();
        World.Advance(TimeSpan.FromSeconds(5));
        var members = joins.Select(Now).ToList();
        // Members that came after the first generation began are in the next one; have all rejoin.
        while (members.Any(member => member.GenerationId != members[0].GenerationId))
        {
            joins = [.. members.Select((member, i) => Join(member.MemberId, instanceIds.ElementAtOrDefault(i)))];
            members = [.. joins.Select(Now)];
        }
        var leader = members.First(member => member.LeaderId == member.MemberId);
        var assignments = members.Select((member, i) => (member.MemberId, $"a{i}")).ToArray();
        foreach (var (member, i) in members.Select((member, i) => (member, i)))
        {
            if (member != leader)
                _ = Sync(member.MemberId, member.GenerationId, instanceIds.ElementAtOrDefault(i));
        }
        Now(Sync(leader.MemberId, leader.GenerationId, instanceIds.ElementAtOrDefault(members.IndexOf(leader)), assignments));
        World.RunUntilIdle();
        return members;
    }

    /// <summary>The answer, which must not need the clock to move.</summary>
    public T Now<T>(Task<T> task)
    {
        World.RunUntilIdle();
        Assert.True(task.IsCompleted, "still waits");
        return task.GetAwaiter().GetResult();
    }

    public bool Waits<T>(Task<T> task)
    {
        World.RunUntilIdle();
        return !task.IsCompleted;
    }

    /// <summary>A dynamic consumer's JoinGroup.</summary>
    public static JoinRequest JoinOf(string memberId, params MemberProtocol[] protocols) => new()
    {
        GroupId = Group,
        MemberId = memberId,
        GroupInstanceId = null,
        RequiresKnownMemberId = false,
        SkipsAssignment = false,
        ClientId = "client",
        ClientHost = "/127.0.0.1",
        RebalanceTimeoutMs = 60_000,
        SessionTimeoutMs = 10_000,
        ProtocolType = "consumer",
        Protocols = protocols,
    };

    public static SyncRequest SyncOf(string memberId, int generationId) => new()
    {
        GroupId = Group,
        GenerationId = generationId,
        MemberId = memberId,
        GroupInstanceId = null,
        ProtocolType = null,
        ProtocolName = null,
        Assignments = new Dictionary<string, byte[]>(),
    };

    public static MemberHeartbeat HeartbeatOf(string memberId, int generationId)
        => new() { GroupId = Group, GenerationId = generationId, MemberId = memberId, GroupInstanceId = null };

    public static LeavingMember Leaving(string memberId, string? instanceId = null)
        => new() { MemberId = memberId, GroupInstanceId = instanceId };

    /// <summary>A commit of a client that is no member.</summary>
    public static CommitRequest CommitOf(params OffsetToCommit[] offsets) => new()
    {
        GroupId = Group,
        Committer = new Committer { MemberId = "", GroupInstanceId = null, GenerationId = -1 },
        Offsets = offsets,
    };

    public static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
    public static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    private GroupCoordinator NewCoordinator() => new(Options, partitionCount: 1, World.Loops, NoLog.Instance, World.NewRandom());
}
