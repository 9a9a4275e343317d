using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Tests.Simulation.Cluster;

/// <summary>
/// A controller that never fails itself, with Kafka's decisions in a few lines: leaders from the live ISR alone, a leader epoch more with
/// each change that it makes, proposals of leaders checked against all epochs. Each broker gets its commands in order, one at a time, until
/// it dies or its session has ended.
/// </summary>
internal sealed class ScriptedController(ReplicationRun run)
{
    private static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(1.5);
    private static readonly BrokerId[] Replicas = [new(1), new(2), new(3)];
    private static readonly TopicId TopicId = new(7, 7);

    private readonly Dictionary<TopicPartition, State> states = [];
    private readonly Dictionary<BrokerId, Session> live = [];
    private readonly Dictionary<BrokerId, int> sights = [];
    private long lastBrokerEpoch;

    public BrokerId LeaderOf(TopicPartition name) => states.TryGetValue(name, out var state) ? state.Leader : BrokerId.None;

    public IReadOnlyList<BrokerId> IsrOf(TopicPartition name) => states.TryGetValue(name, out var state) ? state.Isr : [];

    public string Describe(TopicPartition name) => states.TryGetValue(name, out var state)
        ? $"leader={state.Leader} epoch={state.LeaderEpoch} isr=[{string.Join(',', state.Isr)}] live=[{string.Join(',', live.Keys)}]"
        : "none";

    /// <summary>A process is there: it registers in a session of its own, in which an earlier one of the broker ends.</summary>
    public void Started(ReplicaBroker broker)
    {
        sights[broker.Id] = sights.GetValueOrDefault(broker.Id) + 1;
        if (live.ContainsKey(broker.Id))
            End(broker.Id);
        var session = live[broker.Id] = new Session(broker, broker.Life, new BrokerEpoch(++lastBrokerEpoch));
        broker.Register(session.Epoch);
        if (states.Count == 0 && live.Count == Replicas.Length)
        {
            foreach (var name in run.Names)
                states[name] = new State(Replicas[name.Partition], 0, 0, [.. Replicas]);
        }
        foreach (var (name, state) in states.ToList())
        {
            if (state.Leader == BrokerId.None && state.Isr.Contains(broker.Id))
                Change(name, state with { Leader = broker.Id, Isr = [.. state.Isr.Where(live.ContainsKey)] });
        }
        CommandAll();
    }

    /// <summary>Nothing is heard from the broker; when that lasts, its session ends.</summary>
    public void LostSight(ReplicaBroker broker)
    {
        var sight = sights.GetValueOrDefault(broker.Id);
        run.World.Time.CreateTimer(_ =>
        {
            if (sights.GetValueOrDefault(broker.Id) != sight || !live.ContainsKey(broker.Id))
                return;
            run.Tell($"the session of broker {broker.Id} ends");
            End(broker.Id);
            CommandAll();
        }, null, SessionTimeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The broker is heard of again; when its session has ended, it registers anew.</summary>
    public void SeenAgain(ReplicaBroker broker)
    {
        sights[broker.Id] = sights.GetValueOrDefault(broker.Id) + 1;
        if (broker.IsUp && !live.ContainsKey(broker.Id))
            Started(broker);
        else if (!broker.IsUp)
            LostSight(broker);
    }

    /// <summary>An election that nothing forces.</summary>
    public void MoveLeader(TopicPartition name)
    {
        if (!states.TryGetValue(name, out var state))
            return;
        var candidates = state.Isr.Where(live.ContainsKey).ToList();
        if (candidates.Count == 0)
            return;
        Change(name, state with { Leader = candidates[run.World.Random.Next(candidates.Count)] });
        CommandAll();
    }

    /// <summary>AlterPartition; null asks the leader to try again, as a stale broker epoch does.</summary>
    public IsrDecision? Decide(BrokerId broker, BrokerEpoch epoch, IsrProposal proposal)
    {
        if (!live.TryGetValue(broker, out var session) || session.Epoch != epoch)
            return null;
        var state = states[proposal.Partition];
        if (proposal.LeaderEpoch.Value < state.LeaderEpoch)
            return IsrDecision.Refused(KafkaError.FencedLeaderEpoch);
        if (proposal.PartitionEpoch.Value <= state.PartitionEpoch && state.Isr.SequenceEqual(proposal.Isr))
            return Decided(state);
        if (proposal.PartitionEpoch.Value < state.PartitionEpoch)
            return IsrDecision.Refused(KafkaError.InvalidUpdateVersion);
        if (!proposal.Isr.All(live.ContainsKey))
            return IsrDecision.Refused(KafkaError.IneligibleReplica);
        var next = state with { Isr = [.. proposal.Isr], PartitionEpoch = state.PartitionEpoch + 1 };
        states[proposal.Partition] = next;
        run.Tell($"{proposal.Partition} isr=[{string.Join(',', next.Isr)}] by its leader {broker}");
        return Decided(next);
    }

    private static IsrDecision Decided(State state)
        => new(KafkaError.None, new LeaderEpoch(state.LeaderEpoch), new PartitionEpoch(state.PartitionEpoch), state.Isr);

    private void End(BrokerId broker)
    {
        live.Remove(broker);
        foreach (var (name, state) in states.ToList())
        {
            BrokerId[] left = [.. state.Isr.Where(live.ContainsKey)];
            if (state.Leader == broker)
                Change(name, left.Length > 0
                    ? state with { Leader = left[0], Isr = left }
                    : state with { Leader = BrokerId.None });
            else if (state.Isr.Contains(broker) && state.Isr.Length > 1)
                Change(name, state with { Isr = [.. state.Isr.Where(member => member != broker)] });
        }
    }

    private void Change(TopicPartition name, State next)
    {
        states[name] = next with { LeaderEpoch = next.LeaderEpoch + 1, PartitionEpoch = next.PartitionEpoch + 1 };
        run.Tell($"{name} {Describe(name)}");
    }

    /// <summary>Tells all brokers all that is decided; they pass over what they know.</summary>
    private void CommandAll()
    {
        foreach (var session in live.Values)
        {
            var (metadata, decisions) = (Metadata(session), Decisions(session));
            session.Commands.Enqueue(metadata);
            session.Commands.Enqueue(decisions);
            if (!session.IsSending)
                _ = run.World.Start(() => Send(session));
        }
    }

    private async Task Send(Session session)
    {
        session.IsSending = true;
        while (session.Commands.TryDequeue(out var command))
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await run.World.Pass(TimeSpan.FromMilliseconds(run.World.Random.Next(1, 60)));
            while (run.IsCut(BrokerId.None, session.Broker.Id))
                await run.World.Pass(TimeSpan.FromMilliseconds(50));
            if (!session.Broker.IsUp || session.Broker.Life != session.Life || live.GetValueOrDefault(session.Broker.Id) != session)
                return;
            _ = session.Broker.Process!.Start(async () =>
            {
                await command(session.Broker);
                done.TrySetResult();
            });
            // A broker that dies while it works is not waited for.
            using var timer = run.World.Time.CreateTimer(_ => done.TrySetResult(), null, SessionTimeout, Timeout.InfiniteTimeSpan);
            await done.Task;
        }
        session.IsSending = false;
    }

    private Func<ReplicaBroker, Task> Metadata(Session session)
    {
        var request = new UpdateMetadataRequest
        {
            ControllerId = 99,
            ControllerEpoch = 1,
            BrokerEpoch = session.Epoch.Value,
            LiveBrokers = [.. live.Keys.Order(Comparer<BrokerId>.Create((left, right) => left.Value.CompareTo(right.Value))).Select(
                id => new UpdateMetadataRequest.UpdateMetadataBroker { Id = id.Value })],
            TopicStates = states.Count == 0 ? [] : [new()
            {
                TopicName = ReplicationRun.Topic,
                TopicId = TopicId,
                PartitionStates = [.. states.Select(entry => new UpdateMetadataRequest.UpdateMetadataPartitionState
                {
                    PartitionIndex = entry.Key.Partition,
                    Leader = entry.Value.Leader.Value,
                    LeaderEpoch = entry.Value.LeaderEpoch,
                    ZkVersion = entry.Value.PartitionEpoch,
                    Isr = [.. entry.Value.Isr.Select(member => member.Value)],
                    Replicas = [.. Replicas.Select(replica => replica.Value)],
                })],
            }],
        };
        return async broker =>
        {
            if (session.Epoch == broker.Replicas!.Requests.Fence.BrokerEpoch)
                await broker.Metadata!.Apply(request);
        };
    }

    private Func<ReplicaBroker, Task> Decisions(Session session)
    {
        var request = new LeaderAndIsrRequest
        {
            ControllerId = 99,
            ControllerEpoch = 1,
            BrokerEpoch = session.Epoch.Value,
            TopicStates = states.Count == 0 ? [] : [new()
            {
                TopicName = ReplicationRun.Topic,
                TopicId = TopicId,
                PartitionStates = [.. states.Select(entry => new LeaderAndIsrRequest.LeaderAndIsrPartitionState
                {
                    PartitionIndex = entry.Key.Partition,
                    ControllerEpoch = 1,
                    Leader = entry.Value.Leader.Value,
                    LeaderEpoch = entry.Value.LeaderEpoch,
                    PartitionEpoch = entry.Value.PartitionEpoch,
                    Isr = [.. entry.Value.Isr.Select(member => member.Value)],
                    Replicas = [.. Replicas.Select(replica => replica.Value)],
                })],
            }],
        };
        return broker => broker.Replicas!.Apply(request);
    }

    private sealed record State(BrokerId Leader, int LeaderEpoch, int PartitionEpoch, BrokerId[] Isr);

    private sealed class Session(ReplicaBroker broker, int life, BrokerEpoch epoch)
    {
        public ReplicaBroker Broker => broker;
        public int Life => life;
        public BrokerEpoch Epoch => epoch;
        public Queue<Func<ReplicaBroker, Task>> Commands { get; } = new();
        public bool IsSending { get; set; }
    }
}
