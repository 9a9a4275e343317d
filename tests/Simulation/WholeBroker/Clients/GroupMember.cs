using System.Text;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// A consumer in a classic group: joins, and as the leader assigns; takes up each of its partitions where the group has committed; reads,
/// commits and sends heartbeats until the group rebalances. Now and then it leaves, or dies without a word and comes back as another.
/// </summary>
internal sealed class GroupMember(RunContext run, string name, string group) : KafkaClient(run, name)
{
    private const int SessionTimeoutMs = 4000;
    private const int RebalanceTimeoutMs = 3000;

    private readonly List<TopicPartition> all = [.. run.Settings.Topics.SelectMany(topic => topic.Partitions)];
    private string memberId = "";
    private int generation = -1;
    private GroupConsumption? consumption;

    public string Group => group;

    private GroupConsumption Consumption => consumption ??= new(Context, group, Connect, EpochOf, Trouble);

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            if (!await FindCoordinator() || await Join() is not { } joined || await Sync(joined) is not { } part)
            {
                await Pause(200);
                continue;
            }
            if (await TakeUp(part))
                await Consume();
        }
        await Leave();
    }

    private async Task<bool> FindCoordinator()
    {
        return await FindCoordinator(group) is { } error && IsFine("FindCoordinator", error);
    }

    private async Task<JoinGroupResponse?> Join()
    {
        var request = new JoinGroupRequest
        {
            GroupId = group,
            MemberId = memberId,
            SessionTimeoutMs = SessionTimeoutMs,
            RebalanceTimeoutMs = RebalanceTimeoutMs,
            ProtocolType = "consumer",
        };
        request.Protocols.Add(new() { Name = "range", Metadata = [] });
        var response = await Ask<JoinGroupRequest, JoinGroupResponse>(
            Peer.Coordinator(group), request, 7, TimeSpan.FromMilliseconds(RebalanceTimeoutMs + 5000));
        if (response is null)
            return null;
        if (response.ErrorCode == KafkaError.MemberIdRequired)
        {
            memberId = response.MemberId;
            return await Join();
        }
        if (!IsFine("JoinGroup", response.ErrorCode))
            return null;
        (memberId, generation) = (response.MemberId, response.GenerationId);
        return response;
    }

    /// <summary>This member's part of the assignment.</summary>
    private async Task<string?> Sync(JoinGroupResponse joined)
    {
        var request = new SyncGroupRequest
        {
            GroupId = group,
            GenerationId = generation,
            MemberId = memberId,
            ProtocolType = joined.ProtocolType,
            ProtocolName = joined.ProtocolName,
        };
        if (await Connect(Peer.Coordinator(group)) is not { } connection)
            return null;
        if (joined.Leader == memberId)
        {
            var assignment = Assign([.. joined.Members.Select(member => member.MemberId)]);
            foreach (var (member, part) in assignment)
                request.Assignments.Add(new() { MemberId = member, Assignment = Encoding.UTF8.GetBytes(part) });
            Context.History.Groups.Assigns(group, generation, assignment);
        }
        var response = await connection.Ask<SyncGroupRequest, SyncGroupResponse>(request, 5);
        if (response is null)
        {
            Trouble("no answer to SyncGroup");
            Disconnect(connection);
            return null;
        }
        if (!IsFine("SyncGroup", response.ErrorCode))
            return null;
        var mine = Encoding.UTF8.GetString(response.Assignment);
        Context.History.Groups.Given(group, connection.Life, generation, memberId, mine);
        return mine;
    }

    private Dictionary<string, string> Assign(List<string> members)
    {
        var parts = members.Order(StringComparer.Ordinal).ToDictionary(member => member, _ => new List<TopicPartition>());
        for (var index = 0; index < all.Count; index++)
            parts.Values.ElementAt((index + generation) % members.Count).Add(all[index]);
        return parts.ToDictionary(part => part.Key, part => string.Join(',', part.Value));
    }

    private async Task<bool> TakeUp(string part)
    {
        var mine = all.Where(partition => part.Split(',').Contains(partition.ToString())).ToList();
        if (await Connect(Peer.Coordinator(group)) is not { } connection)
            return false;
        var outcome = await Consumption.TakeUp(connection, mine);
        return outcome is { } error && IsFine("OffsetFetch", error);
    }

    private async Task Consume()
    {
        var leavesAfter = Random.Next(10, 80);
        while (!Context.IsStopping)
        {
            await Pause(400);
            if (await Connect(Peer.Coordinator(group)) is not { } connection)
                return;
            if (await Heartbeat() is not { } alive || !IsFine("Heartbeat", alive))
                return;
            await Consumption.Read(Random.Next(200, 3000));
            if (Random.Next(3) == 0)
            {
                var error = await Consumption.Commit(connection, generation, memberId);
                if (error is null || !IsFine("OffsetCommit", error.Value))
                    return;
            }
            Progress();
            if (--leavesAfter == 0)
            {
                await LeaveOrDie();
                return;
            }
        }
    }

    private async Task<KafkaError?> Heartbeat()
    {
        var request = new HeartbeatRequest { GroupId = group, GenerationId = generation, MemberId = memberId };
        return (await Ask<HeartbeatRequest, HeartbeatResponse>(Peer.Coordinator(group), request, 4))?.ErrorCode;
    }

    private async Task LeaveOrDie()
    {
        if (Random.Next(2) == 0)
        {
            await Leave();
            return;
        }
        Vanish();
        memberId = "";
        await Pause(1000);
    }

    private async Task Leave()
    {
        var request = new LeaveGroupRequest { GroupId = group };
        request.Members.Add(new() { MemberId = memberId });
        await Ask<LeaveGroupRequest, LeaveGroupResponse>(Peer.Coordinator(group), request, 4);
        memberId = "";
    }

    /// <summary>True when there is no error; otherwise what an error of the group means to the member.</summary>
    private bool IsFine(string call, KafkaError error)
    {
        switch (error)
        {
            case KafkaError.None:
                return true;
            case KafkaError.UnknownMemberId:
                memberId = "";
                break;
            case KafkaError.IllegalGeneration or KafkaError.RebalanceInProgress:
                break;
            case var other when !ClientErrors.IsTransient(other):
                throw new Violation($"{Name} was refused with {error} by {call}");
        }
        Trouble($"{call}: {error}");
        return false;
    }
}
