using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Transactions;

namespace KafkaCompatBroker.Broker.Handlers.Cluster;

/// <summary>
/// Tells which broker coordinates a group or a transactional id: the leader of its partition of <c>__consumer_offsets</c> or
/// <c>__transaction_state</c>, which the first question brings into being. Share groups are not coordinated here; asking for one is an
/// invalid request with the reason beside it, which clients report and do not repeat. KIP-98, KIP-699, KIP-932.
/// </summary>
public sealed class FindCoordinatorHandler(
    GroupCoordinator groups, TransactionCoordinator transactions, MetadataCache metadata, AutoTopicCreation topicCreation)
    : IHandler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const sbyte GroupType = 0;
    private const sbyte TransactionType = 1;
    private const sbyte ShareType = 2;

    public ValueTask<FindCoordinatorResponse?> Handle(FindCoordinatorRequest request, RequestContext context)
        => ValueTask.FromResult<FindCoordinatorResponse?>(request.Batched
            ? new FindCoordinatorResponse { Coordinators = request.CoordinatorKeys.ConvertAll(key => Find(request.KeyType, key, context)) }
            : Single(Find(request.KeyType, request.Key, context)));

    private static FindCoordinatorResponse Single(FindCoordinatorResponse.Coordinator found) => new()
    {
        ErrorCode = found.ErrorCode,
        // Kafka spells success out in this field of the older versions.
        ErrorMessage = found.ErrorCode == KafkaError.None ? "NONE" : found.ErrorMessage,
        NodeId = found.NodeId,
        Host = found.Host,
        Port = found.Port,
    };

    private FindCoordinatorResponse.Coordinator Find(sbyte keyType, string key, RequestContext context) => keyType switch
    {
        GroupType => FindLeader(new TopicPartition(InternalTopics.ConsumerOffsets, groups.PartitionFor(key)), key, context.Listener),
        TransactionType => FindLeader(
            new TopicPartition(InternalTopics.TransactionState, transactions.PartitionFor(key)), key, context.Listener),
        ShareType => None(key, KafkaError.InvalidRequest, "This broker does not coordinate share groups yet."),
        _ => None(key, KafkaError.InvalidRequest, $"There is no coordinator of type {keyType}."),
    };

    private FindCoordinatorResponse.Coordinator FindLeader(TopicPartition home, string key, string listener)
    {
        var image = metadata.Image;
        if (!image.TryGetTopic(home.Topic, out _))
        {
            topicCreation.EnsureExists(home.Topic);
            return None(key, KafkaError.CoordinatorNotAvailable, "The coordinator's topic is being made.");
        }
        if (!image.TryGetPartition(home, out var partition)
            || !image.TryGetBroker(partition.Leader, out var leader)
            || leader.EndpointOn(listener) is not { } endpoint)
            return None(
                key, KafkaError.CoordinatorNotAvailable,
                "The coordinator's partition has no leader that this listener's clients could reach.");
        return new() { Key = key, NodeId = leader.Id.Value, Host = endpoint.Host, Port = endpoint.Port, ErrorMessage = "" };
    }

    private static FindCoordinatorResponse.Coordinator None(string key, KafkaError error, string message)
        => new() { Key = key, NodeId = -1, Host = "", Port = -1, ErrorCode = error, ErrorMessage = message };
}
