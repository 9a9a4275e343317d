using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;

/// <summary>Reads the committed records of a topic from its first on while it is written.</summary>
internal class CommittedReader : KafkaClient
{
    private readonly ClusterContext run;
    private readonly SortedDictionary<int, long> goals = [];
    private bool mustSetGoals;

    public CommittedReader(ClusterContext run, string name, TopicSetup topic)
        : base(run, name)
    {
        (this.run, Topic) = (run, topic);
        foreach (var partition in topic.Partitions)
        {
            Positions[partition] = 0;
            run.Transactions!.History.ReadsFrom(name, partition, 0);
        }
    }

    protected TopicSetup Topic { get; }

    protected Dictionary<TopicPartition, long> Positions { get; } = [];

    /// <summary>It has to come as far as the records that there are then.</summary>
    public override void MustProgress()
    {
        base.MustProgress();
        goals.Clear();
        mustSetGoals = true;
    }

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            await Pause(100);
            foreach (var partition in Topic.Partitions)
                await Read(partition);
            if (goals.Count == Topic.PartitionCount
                && Topic.Partitions.All(partition => Positions[partition] >= goals[partition.Partition]))
                Progress();
        }
    }

    /// <summary>False when the partition has more, or could not be read.</summary>
    protected async Task<bool> Read(TopicPartition partition)
    {
        var request = FetchCall.Request(
            [KeyValuePair.Create(partition, Positions[partition])], Random.Next(300), Random.Next(300, 3000), EpochOf);
        request.IsolationLevel = CommittedFetch.ReadCommitted;
        if (await Connect(Peer.Leader(partition)) is not { } connection)
            return false;
        var begun = Context.Now;
        if (await Ask<FetchRequest, FetchResponse>(Peer.Leader(partition), request, FetchCall.Version) is not { } response)
            return false;
        var answer = response.Responses[0].Partitions[0];
        if (answer.ErrorCode != KafkaError.None)
        {
            Trouble($"Fetch {partition}: {answer.ErrorCode}");
            if (!ClientErrors.IsTransient(answer.ErrorCode) && Context.IsLeader(partition, connection.Broker, begun))
                throw new Violation($"{Name} was refused with {answer.ErrorCode} at {partition} offset {Positions[partition]}");
            return false;
        }
        var (records, next) = CommittedFetch.Read(partition, Positions[partition], answer);
        foreach (var (offset, value) in records)
            run.Transactions!.History.Read(Name, partition, offset, value);
        Positions[partition] = next;
        if (mustSetGoals)
            goals.TryAdd(partition.Partition, answer.HighWatermark);
        var isWhole = next == answer.HighWatermark && answer.LastStableOffset == answer.HighWatermark;
        if (!isWhole)
            Trouble($"{partition} read up to {next}, of {answer.LastStableOffset} stable and {answer.HighWatermark}");
        return isWhole;
    }
}
