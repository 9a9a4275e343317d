using System.Globalization;
using System.Text;
using System.Text.Json;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;

/// <summary>
/// Looks at each change of the ensemble's znodes as it is made. Epochs of controllers and leaders never go back, and a controller that has
/// been followed by another changes nothing; one leader epoch has one leader; a leader comes from the ISR that was, because unclean
/// elections are off; the ISR is made of replicas, and the leader is in it.
/// </summary>
internal sealed class StateWatch
{
    private const string Root = "/kafka", Topics = Root + "/brokers/topics/";

    private readonly TimeProvider time;
    private readonly SortedDictionary<string, PartitionZnode> states = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, TopicZnode> topics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> assigned = new(StringComparer.Ordinal);
    private int controllerEpoch = -1;

    public StateWatch(SimEnsemble ensemble, TimeProvider time)
    {
        this.time = time;
        ensemble.Changed = change => Note(change);
    }

    /// <summary>The first promise that was broken.</summary>
    public Violation? Violation { get; private set; }

    public int LeaderChanges { get; private set; }

    public int ControllerChanges => controllerEpoch;

    /// <summary>The broker whose controller is elected; −1 when none is.</summary>
    public int Controller { get; private set; } = -1;

    public int IsrChanges { get; private set; }

    public int ReassignmentsDone { get; private set; }

    public IEnumerable<KeyValuePair<string, TopicZnode>> AllTopics => topics;

    public TopicZnode? AssignmentOf(string topic) => topics.GetValueOrDefault(topic);

    /// <summary>Since when the topic's partitions have had the replicas that they have.</summary>
    public DateTimeOffset AssignedSince(string topic) => assigned[topic];

    public PartitionZnode? StateOf(TopicPartition partition) => states.GetValueOrDefault(partition.ToString());

    private void Note(Change change)
    {
        if (change.Path == Root + "/controller_epoch" && change.Kind != ChangeKind.Delete)
            NoteController(int.Parse(Encoding.UTF8.GetString(change.Data!), CultureInfo.InvariantCulture));
        else if (change.Path == Root + "/controller")
            Controller = change.Kind == ChangeKind.Delete ? -1 : BrokerOf(change.Data!);
        else if (change.Path.StartsWith(Topics, StringComparison.Ordinal))
            NoteTopic(change, change.Path[Topics.Length..].Split('/'));
    }

    private void NoteController(int epoch)
    {
        Require(epoch > controllerEpoch, $"controller epoch {epoch} follows {controllerEpoch}");
        controllerEpoch = epoch;
    }

    private static int BrokerOf(byte[] controller)
    {
        using var json = JsonDocument.Parse(controller);
        return json.RootElement.GetProperty("brokerid").GetInt32();
    }

    private void NoteTopic(Change change, string[] names)
    {
        if (names is [var topic])
        {
            if (change.Kind == ChangeKind.Delete)
                topics.Remove(topic);
            else
                Put(topic, TopicZnode.Parse(change.Data!));
        }
        else if (names is [var owner, "partitions", var partition, "state"])
        {
            if (change.Kind == ChangeKind.Delete)
                states.Remove($"{owner}-{partition}");
            else
                NoteState(owner, int.Parse(partition, CultureInfo.InvariantCulture), change.Data!);
        }
    }

    private void Put(string topic, TopicZnode znode)
    {
        if (topics.GetValueOrDefault(topic) is { IsReassigned: true } && !znode.IsReassigned)
            ReassignmentsDone++;
        topics[topic] = znode;
        assigned[topic] = time.GetUtcNow();
        foreach (var (partition, replicas) in znode.Replicas)
            RequireWithin(replicas, $"{topic}-{partition}", states.GetValueOrDefault($"{topic}-{partition}"));
    }

    private void NoteState(string topic, int partition, byte[] data)
    {
        var name = $"{topic}-{partition}";
        var after = PartitionZnode.Parse(data, time.GetUtcNow());
        var before = states.GetValueOrDefault(name);
        if (before is not null && before.Leader == after.Leader && before.LeaderEpoch == after.LeaderEpoch)
            after = after with { LedSince = before.LedSince };
        var change = $"{name}: {before} became {after}";
        Require(after.ControllerEpoch == controllerEpoch, $"{change}, in controller epoch {controllerEpoch}");
        RequireWithin(topics.GetValueOrDefault(topic)?.Replicas.GetValueOrDefault(partition) ?? [], change, after);
        Require(after.Isr.Count > 0 && after.Isr.Distinct().Count() == after.Isr.Count, change);
        Require(after.Leader == -1 || after.Isr.Contains(after.Leader), $"{change}, led from outside the ISR");
        if (before is not null)
            RequireFollows(change, before, after);
        states[name] = after;
    }

    private void RequireFollows(string change, PartitionZnode before, PartitionZnode after)
    {
        Require(after.LeaderEpoch >= before.LeaderEpoch, $"{change}, back in leader epoch");
        if (after.Leader != before.Leader)
        {
            LeaderChanges++;
            Require(after.LeaderEpoch > before.LeaderEpoch, $"{change}, two leaders in one epoch");
            Require(after.Leader == -1 || before.Isr.Contains(after.Leader), $"{change}, an unclean election");
        }
        if (!after.Isr.Order().SequenceEqual(before.Isr.Order()))
            IsrChanges++;
    }

    private void RequireWithin(IReadOnlyList<int> replicas, string what, PartitionZnode? state)
        => Require(state is null || !state.Isr.Except(replicas).Any(), $"{what}, of [{string.Join(',', replicas)}], ISR {state}");

    private void Require(bool holds, string what)
    {
        if (!holds)
            Violation ??= new Violation(what);
    }
}
