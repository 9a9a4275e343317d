using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;

/// <summary>
/// Asks a broker that has been healed for everything it is there for: every topic is there with its id, every partition is led, takes a
/// record and gives it back; every partition of the group coordinator takes a group through a generation; a topic can be made and deleted.
/// Ends when all of it has been answered.
/// </summary>
internal sealed class LivenessProbe(RunContext run, DeadPartitions dead) : TopicClient(run, "probe")
{
    /// <summary>How long what it leaves behind in groups may take to end.</summary>
    public static readonly TimeSpan GroupsEndWithin = TimeSpan.FromMilliseconds(3 * SessionTimeoutMs);

    private const int SessionTimeoutMs = 3000;

    private int number;

    public override async Task Run()
    {
        foreach (var topic in Context.History.Topics.Present.Where(topic => !topic.IsBeingDeleted).ToList())
            await Until(() => IsLed(topic.Name, topic.PartitionCount));
        foreach (var partition in Context.History.Partitions.Select(history => history.Name).Where(name => !dead.Contains(name)))
            await Until(() => TakesARecord(partition));
        for (var partition = 0; partition < Context.Settings.OffsetsPartitionCount; partition++)
        {
            var group = GroupIn(partition);
            if (!dead.ContainsGroup(group))
                await Until(() => TakesAGroup(group));
        }
        await Create("probe", 1, isDurable: false);
        await Delete("probe");
        Progress();
    }

    private async Task Until(Func<Task<bool>> holds)
    {
        while (!await holds())
            await Pause(300);
    }

    private async Task<bool> IsLed(string name, int partitionCount)
    {
        var topic = await Find(name);
        // A topic of another client may be deleted meanwhile.
        if (!Context.History.Topics.Present.Any(known => known.Name == name && !known.IsBeingDeleted))
            return true;
        Trouble($"{name} is not there with {partitionCount} partitions that are all led");
        return topic is not null && topic.Partitions.Count == partitionCount && topic.Partitions.TrueForAll(
            partition => partition.LeaderId != -1 || dead.Contains(new TopicPartition(name, partition.PartitionIndex)));
    }

    private async Task<bool> TakesARecord(TopicPartition partition)
    {
        var history = Context.History.Of(partition);
        var record = history.Send(Name, Values.Next(Name, number++, Random, Context.Settings.LargestValueLength), isIdempotent: false);
        record.Sending(Context.History.Life, Context.Now);
        var produced = await Ask<ProduceRequest, ProduceResponse>(
            Peer.Leader(partition), ProduceCall.Request(
                partition, TopicId.Zero, -1, [record.Value], Context.Now.ToUnixTimeMilliseconds(), ProducerIdAndEpoch.None, -1),
            ProduceCall.Version);
        if (produced is null || ProduceCall.AnswerOf(produced) is not { ErrorCode: KafkaError.None } answer)
        {
            Trouble($"Produce {partition}: {(produced is null ? "no answer" : ProduceCall.AnswerOf(produced).ErrorCode)}");
            return false;
        }
        history.Acknowledged(Life, answer.BaseOffset, [record]);
        var request = FetchCall.Request([KeyValuePair.Create(partition, answer.BaseOffset)], maxWaitMs: 0, partitionMaxBytes: 1000);
        var fetched = await Ask<FetchRequest, FetchResponse>(Peer.Leader(partition), request, FetchCall.Version);
        Trouble($"Fetch {partition} at {answer.BaseOffset}: {fetched?.Responses[0].Partitions[0].ErrorCode}");
        return fetched?.Responses[0].Partitions[0] is { ErrorCode: KafkaError.None } found
            && FetchCall.Values(partition, answer.BaseOffset, found).FirstOrDefault() == record.Value;
    }

    /// <summary>A group of its own joins, is assigned and commits. Its member is not heard of again, so its session ends.</summary>
    private async Task<bool> TakesAGroup(string group)
    {
        var coordinator = Peer.Coordinator(group);
        if (!IsFine("FindCoordinator", group, await FindCoordinator(group)))
            return false;
        var join = new JoinGroupRequest
        {
            GroupId = group,
            MemberId = "",
            SessionTimeoutMs = SessionTimeoutMs,
            RebalanceTimeoutMs = SessionTimeoutMs,
            ProtocolType = "consumer",
            Protocols = { new() { Name = "range", Metadata = [] } },
        };
        // The oldest version that gives a member its id at once.
        var joined = await Ask<JoinGroupRequest, JoinGroupResponse>(coordinator, join, 3);
        if (joined is null || !IsFine("JoinGroup", group, joined.ErrorCode))
            return false;
        var sync = new SyncGroupRequest { GroupId = group, GenerationId = joined.GenerationId, MemberId = joined.MemberId };
        var synced = await Ask<SyncGroupRequest, SyncGroupResponse>(coordinator, sync, 3);
        if (!IsFine("SyncGroup", group, synced?.ErrorCode))
            return false;
        var partition = new TopicPartition(Context.Settings.Topics[0].Name, 0);
        var committed = await Ask<OffsetCommitRequest, OffsetCommitResponse>(
            coordinator, OffsetsCall.CommitRequest(group, joined.GenerationId, joined.MemberId, [KeyValuePair.Create(partition, 7L)]),
            OffsetsCall.CommitVersion);
        return IsFine("OffsetCommit", group, committed is null ? null : OffsetsCall.AnswersOf(committed).Single().Error);
    }

    private bool IsFine(string call, string group, KafkaError? error)
    {
        Trouble($"{call} {group}: {(error is null ? "no answer" : error)}");
        return error == KafkaError.None;
    }

    private string GroupIn(int partition)
    {
        for (var number = 0; ; number++)
        {
            if (CoordinatorKey.PartitionFor($"probe-{number}", Context.Settings.OffsetsPartitionCount) == partition)
                return $"probe-{number}";
        }
    }
}
