using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// Asks the coordinators of transactions whether they are open and have a partition, each over a connection of its own; the coordinator on
/// this broker in-process. Where brokers may be of a release that cannot be asked (<c>inter.broker.protocol.version</c> below 3.5), every
/// transaction counts as verified, as with Kafka's leaders that meet such a coordinator. KIP-890.
/// </summary>
internal sealed class TransactionVerifier : ITransactionVerifier
{
    private readonly BrokerClients clients;
    private readonly MetadataCache metadata;
    private readonly AskTransactionCoordinator locally;
    private readonly ILoop loop;
    private readonly short? version;
    /// <summary>Touched only on the loop.</summary>
    private readonly Dictionary<BrokerId, VerificationQueue> queues = [];
    private readonly List<BrokerClient> connections = [];

    /// <param name="locally">How the coordinator on this broker is asked.</param>
    public TransactionVerifier(BrokerClients clients, MetadataCache metadata, AskTransactionCoordinator locally)
    {
        (this.clients, this.metadata, this.locally) = (clients, metadata, locally);
        loop = clients.Loops.Create("transaction-verification");
        version = InterBrokerVersions.Find(ApiKey.AddPartitionsToTxn, clients.Protocol);
    }

    public async Task<KafkaError[]> Verify(TransactionToVerify transaction)
    {
        if (!version.HasValue)
            return new KafkaError[transaction.Partitions.Count];
        if (CoordinatorOf(transaction.TransactionalId) is not { } coordinator)
            return VerificationQueue.All(transaction, KafkaError.CoordinatorNotAvailable);
        return await await loop.Ask(() => QueueTo(coordinator).Ask(transaction));
    }

    /// <summary>For a broker that stops: closes the connections, and what waits has no answer.</summary>
    public Task Close() => loop.Ask(() =>
    {
        foreach (var queue in queues.Values)
            queue.Close();
        connections.ForEach(static connection => connection.Dispose());
        return true;
    });

    private BrokerId? CoordinatorOf(string transactionalId)
    {
        if (!metadata.Image.TryGetTopic(InternalTopics.TransactionState, out var topic))
            return null;
        var number = CoordinatorKey.PartitionFor(transactionalId, topic.Partitions.Count);
        return topic.Partitions.TryGetValue(number, out var partition) && metadata.Image.IsLive(partition.Leader) ? partition.Leader : null;
    }

    private VerificationQueue QueueTo(BrokerId coordinator)
    {
        if (!queues.TryGetValue(coordinator, out var queue))
            queues[coordinator] = queue = new VerificationQueue(
                coordinator == clients.Self ? locally : OverTheWire(coordinator), loop);
        return queue;
    }

    private AskTransactionCoordinator OverTheWire(BrokerId coordinator)
    {
        var client = clients.Create(
            () => clients.AddressOf(metadata.Image, coordinator), $"broker-{clients.Self}-transaction-verification",
            clients.LeaderConnectTimeout, loop);
        connections.Add(client);
        return request => client.Send<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, version!.Value);
    }
}
