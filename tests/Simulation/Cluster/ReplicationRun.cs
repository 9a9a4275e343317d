using System.Globalization;
using System.Text;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Simulation.Cluster;

/// <summary>
/// Three brokers' replicas of two partitions, with producers that ask for all acknowledgements, under a controller that a script plays,
/// over links that are late, lose messages and are cut, while brokers are killed and cut off and leaders moved. Then all heals, and
/// everything must be there, in order, on all. Which protocol the brokers speak is drawn as well.
/// </summary>
internal sealed class ReplicationRun
{
    public const string Topic = "orders";
    private const int LeastAcknowledged = 30;
    private static readonly TimeSpan Disturbed = TimeSpan.FromSeconds(25), Healing = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20), AnswerTimeout = TimeSpan.FromSeconds(3);

    private readonly HashSet<(BrokerId, BrokerId)> cut = [];
    private readonly HashSet<BrokerId> isolated = [];
    private readonly RunLog log;
    private readonly Dictionary<TopicPartition, CommittedRecords> committed;
    private bool isDisturbed = true;
    private bool isProducing = true;

    public ReplicationRun(int seed)
    {
        World = new SimWorld(seed);
        log = new RunLog(() => World.Time.GetUtcNow(), World.Trace.Add);
        Protocol = Protocols[World.Random.Next(Protocols.Length)];
        InSyncReplicasMin = World.Random.Next(1, 3);
        Names = [new TopicPartition(Topic, 0), new TopicPartition(Topic, 1)];
        committed = Names.ToDictionary(name => name, name => new CommittedRecords(name));
        Controller = new ScriptedController(this);
        Brokers = [.. Enumerable.Range(1, 3).Select(id => new ReplicaBroker(this, new BrokerId(id)))];
        log.Tell($"protocol={Protocol} min.insync.replicas={InSyncReplicasMin}");
    }

    public SimWorld World { get; }
    public ILog Log => log;
    public LeaderProtocol Protocol { get; }
    public int InSyncReplicasMin { get; }
    public IReadOnlyList<TopicPartition> Names { get; }
    public ScriptedController Controller { get; }
    public IReadOnlyList<ReplicaBroker> Brokers { get; }
    public string Trace => World.Trace.ToString();
    public int Acknowledged => committed.Values.Sum(records => records.AcknowledgedCount);

    /// <summary>One of each kind of <c>inter.broker.protocol.version</c>: 3.9, 2.7 to 3.0, and 0.11 to 2.6.</summary>
    private static LeaderProtocol[] Protocols { get; } =
    [
        new() { TopicIds = true, ReplicaStates = true, DivergingEpochs = true, EpochEndOffsets = true },
        new() { TopicIds = false, ReplicaStates = false, DivergingEpochs = true, EpochEndOffsets = true },
        new() { TopicIds = false, ReplicaStates = false, DivergingEpochs = false, EpochEndOffsets = true },
    ];

    public string Told() => log.Told();

    public ReplicaBroker Broker(BrokerId id) => Brokers[id.Value - 1];

    public void Tell(string what) => log.Tell(what);

    public void Run()
    {
        foreach (var broker in Brokers)
            broker.Start();
        foreach (var name in Names)
            _ = World.Start(() => Produce(name));
        var disturbing = World.Start(Disturb);
        Advance(Disturbed);
        isDisturbed = false;
        World.Await(disturbing);
        Heal();
        isProducing = false;
        if (!TryAdvanceUntil(AreEqual, Healing))
            throw new Violation($"the replicas did not become equal: {Describe()}");
        CheckEnd();
    }

    /// <summary>Whether a message gets through now, between two brokers or a broker and the controller (None).</summary>
    public bool IsCut(BrokerId from, BrokerId to) => cut.Contains((from, to)) || isolated.Contains(from) || isolated.Contains(to);

    /// <summary>Brings a message, later, unless it is lost.</summary>
    public void Carry(BrokerId from, BrokerId to, Action arrive)
    {
        var isLost = isDisturbed && World.Random.Next(200) == 0;
        var late = World.Random.Next(isDisturbed && World.Random.Next(50) == 0 ? 2000 : 8);
        World.Time.CreateTimer(_ =>
        {
            if (!isLost && !IsCut(from, to))
                arrive();
        }, null, TimeSpan.FromMilliseconds(late), Timeout.InfiniteTimeSpan);
    }

    private async Task Disturb()
    {
        while (isDisturbed)
        {
            await World.Pass(TimeSpan.FromMilliseconds(World.Random.Next(100, 2500)));
            var broker = Brokers[World.Random.Next(Brokers.Count)];
            switch (World.Random.Next(5))
            {
                case 0:
                    broker.Kill(TimeSpan.FromMilliseconds(World.Random.Next(10, 3000)));
                    break;
                case 1:
                    _ = World.Start(() => Isolate(broker, TimeSpan.FromMilliseconds(World.Random.Next(100, 4000))));
                    break;
                case 2:
                    var other = Brokers[World.Random.Next(Brokers.Count)];
                    _ = World.Start(() => Cut(broker.Id, other.Id, TimeSpan.FromMilliseconds(World.Random.Next(100, 4000))));
                    break;
                case 3:
                    Controller.MoveLeader(Names[World.Random.Next(Names.Count)]);
                    break;
            }
        }
    }

    /// <summary>Nothing reaches the broker, and nothing that it says arrives; its session ends if that takes long.</summary>
    private async Task Isolate(ReplicaBroker broker, TimeSpan span)
    {
        if (!isolated.Add(broker.Id))
            return;
        Tell($"broker {broker.Id} is cut off for {span.TotalMilliseconds} ms");
        Controller.LostSight(broker);
        await World.Pass(span);
        isolated.Remove(broker.Id);
        Controller.SeenAgain(broker);
    }

    private async Task Cut(BrokerId from, BrokerId to, TimeSpan span)
    {
        Tell($"link {from}→{to} is cut for {span.TotalMilliseconds} ms");
        cut.Add((from, to));
        await World.Pass(span);
        cut.Remove((from, to));
    }

    private void Heal()
    {
        Tell("all heals");
        Assert.True(World.TryRunUntil(() => isolated.Count + cut.Count == 0 && Brokers.All(broker => broker.IsUp), Healing));
    }

    /// <summary>One producer of a partition: a record at a time, each value sent once.</summary>
    private async Task Produce(TopicPartition name)
    {
        for (var number = 0; isProducing; number++)
        {
            await World.Pass(TimeSpan.FromMilliseconds(World.Random.Next(1, 40)));
            var leader = World.Random.Next(10) == 0 ? Brokers[World.Random.Next(Brokers.Count)].Id : Controller.LeaderOf(name);
            if (leader == BrokerId.None)
                continue;
            var value = string.Create(CultureInfo.InvariantCulture, $"{name.Partition}/{number}");
            committed[name].Sent(value);
            if (await Append(Broker(leader), name, value) is { Error: KafkaError.None } outcome)
                committed[name].Acknowledge(value, outcome.FirstOffset);
        }
    }

    /// <summary>Null when there is no answer.</summary>
    private async Task<AppendOutcome?> Append(ReplicaBroker broker, TopicPartition name, string value)
    {
        var answer = new TaskCompletionSource<AppendOutcome?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = World.Time.CreateTimer(_ => answer.TrySetResult(null), null, AnswerTimeout, Timeout.InfiniteTimeSpan);
        if (!broker.IsUp || isolated.Contains(broker.Id) || broker.Replicas!.Find(name) is not { } partition)
            return null;
        var builder = new RecordBatchBuilder();
        builder.Append(1000, null, Encoding.UTF8.GetBytes(value));
        _ = broker.Process!.Start(async () =>
        {
            var outcome = await partition.Append(builder.Build(), AppendOrigin.Client, -1, v2Only: true, TimeSpan.FromSeconds(2));
            answer.TrySetResult(outcome);
        });
        return await answer.Task;
    }

    private void Advance(TimeSpan span)
    {
        for (var end = World.Time.GetUtcNow() + span; World.Time.GetUtcNow() < end;)
        {
            World.Advance(Tick);
            Look();
        }
    }

    private bool TryAdvanceUntil(Func<bool> condition, TimeSpan timeout)
    {
        for (var end = World.Time.GetUtcNow() + timeout; World.Time.GetUtcNow() < end;)
        {
            if (condition())
                return true;
            Advance(Tick);
        }
        return false;
    }

    /// <summary>What may be checked at any moment.</summary>
    private void Look()
    {
        if (World.Errors.Count > 0)
            throw new Violation($"a piece of work failed: {World.Errors[0]}");
        foreach (var broker in Brokers.Where(broker => broker.IsUp))
        {
            foreach (var name in Names)
            {
                if (broker.Replicas!.Find(name) is { } partition)
                    committed[name].Look(broker, partition);
            }
        }
    }

    private bool AreEqual() => Names.All(name =>
    {
        var snapshots = Snapshots(name);
        return snapshots.Count == Brokers.Count
            && Controller.IsrOf(name).Count == Brokers.Count
            && snapshots.All(
                snapshot => snapshot.HighWatermark == snapshots[0].LogEndOffset && snapshot.LogEndOffset == snapshot.HighWatermark);
    });

    private List<PartitionSnapshot> Snapshots(TopicPartition name)
        => [.. Brokers.Where(broker => broker.IsUp).Select(broker => broker.Replicas!.Find(name)?.Snapshot).OfType<PartitionSnapshot>()];

    private string Describe() => string.Join("; ", Names.Select(name =>
        $"{name} {Controller.Describe(name)} " + string.Join(' ', Snapshots(name).Select(snapshot =>
            $"[{snapshot.Leadership.Role} leaderEpoch={snapshot.Leadership.LeaderEpoch} highWatermark={snapshot.HighWatermark} "
            + $"logEndOffset={snapshot.LogEndOffset}]"))));

    private void CheckEnd()
    {
        foreach (var name in Names)
        {
            var logs = Brokers.Select(broker => broker.ReadLog(name)).ToList();
            for (var index = 1; index < logs.Count; index++)
            {
                if (!logs[0].AsSpan().SequenceEqual(logs[index]))
                    throw new Violation($"{name}: the logs of brokers 1 and {index + 1} differ");
            }
            committed[name].CheckAll(CommittedRecords.Values(logs[0]));
        }
        // A run in which next to nothing was acknowledged shows nothing.
        Assert.InRange(Acknowledged, LeastAcknowledged, int.MaxValue);
    }
}
