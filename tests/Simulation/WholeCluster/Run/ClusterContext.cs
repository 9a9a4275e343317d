using System.Net;
using System.Text;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

/// <summary>What the parts of a run of a cluster share.</summary>
internal sealed class ClusterContext : RunContext
{
    private int clientCount;

    public ClusterContext(SimWorld world, SimEnsemble ensemble, ClusterSettings settings)
        : base(world, ensemble, settings.ForClients)
    {
        Cluster = settings;
        Transactions = settings.TransactionPartitionCount > 0 ? new TransactionRun(this, settings.TransactionPartitionCount) : null;
        Znodes = new StateWatch(ensemble, world.Time);
        Leaders = new LeaderWatch(settings.ForClients.Topics.SelectMany(topic => topic.Partitions));
    }

    public ClusterSettings Cluster { get; }

    /// <summary>Null in runs without transactions.</summary>
    public TransactionRun? Transactions { get; }

    public StateWatch Znodes { get; }

    public LeaderWatch Leaders { get; }

    public EndHistory Ends { get; } = new();

    /// <summary>Makes a znode, as tools of before the requests do; nothing happens where there is one already.</summary>
    public void WriteAsTool(string path, string json)
        => Ensemble!.Soon(() => Ensemble.Apply(new ZkOp.Create(path, Encoding.UTF8.GetBytes(json))));

    public override IBrokerDirectory CreateDirectory() => new ClusterDirectory(this);

    public override IPAddress NextClientAddress() => ClusterAddresses.OfClient(clientCount++);

    public override bool MayBeGone(string topic) => Znodes.AssignmentOf(topic) is null;

    public override bool IsCoordinator(string group, int broker, DateTimeOffset since)
        => IsLeader(
            new(InternalTopics.ConsumerOffsets, CoordinatorKey.PartitionFor(group, Settings.OffsetsPartitionCount)), broker, since);

    public override bool IsLeader(TopicPartition partition, int broker, DateTimeOffset since)
        => Znodes.StateOf(partition) is { } state && state.Leader == broker && state.LedSince <= since;

    public override bool IsEndKnown(TopicPartition partition, DateTimeOffset since) => true;
}
