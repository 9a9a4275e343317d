using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>The parts of a broker that coordinate transactions, tell leaders of them, and have them verified.</summary>
internal sealed class TransactionParts
{
    private readonly TransactionMarkerSender markers;
    private readonly TransactionVerifier verifier;

    public TransactionParts(
        DynamicBrokerConfig dynamicConfig, BrokerPlatform platform, BrokerClients clients, MetadataCache metadata, Replicas replicas,
        IMarkerListener offsets, ClusterFeatures features, Func<Task<ProducerIdBlock?>> allocateProducerIds, int partitionCount)
    {
        var config = dynamicConfig.Current;
        var options = config.ToTransactionOptions(platform.MemoryBytes);
        ProducerIds = new ProducerIds(platform.Loops.Create("producer-ids"), allocateProducerIds, platform.Log);
        MarkerWriter = new MarkerWriter(replicas, offsets, TimeSpan.FromMilliseconds(config.RequestTimeoutMs));
        markers = new TransactionMarkerSender(
            new TransactionMarkerOptions
            {
                Clients = clients,
                Metadata = metadata,
                Locally = MarkerWriter.Write,
                TransactionLevel = () => features.Current.TransactionLevel,
                Log = platform.Log,
            },
            platform.Loops.Create("transaction-markers"));
        Coordinator = new TransactionCoordinator(options, partitionCount, ProducerIds, markers, platform.Loops, platform.Log);
        Partitions = new TransactionPartitions(Coordinator, metadata);
        verifier = new TransactionVerifier(clients, metadata, Partitions.Add);
        Guards = new TransactionGuards(
            verifier, dynamicConfig, platform.Loops.Time, platform.Loops.Create("transaction-guards"));
        replicas.AddListener(
            new CoordinatorLeadership(InternalTopics.TransactionState, Coordinator, CompressionType.None, options.CommitTimeoutMs));
    }

    public ProducerIds ProducerIds { get; }

    public TransactionCoordinator Coordinator { get; }

    public TransactionPartitions Partitions { get; }

    public MarkerWriter MarkerWriter { get; }

    public TransactionGuards Guards { get; }

    /// <summary>This broker coordinates no transaction from here on, and tells of none.</summary>
    public async Task Close()
    {
        Coordinator.Dispose();
        await markers.Close();
        await verifier.Close();
    }
}
