using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.BrokerSide;

namespace KafkaCompatBroker.Broker.Topics;

/// <summary>The brokers that may get the replicas of new partitions: those that are live.</summary>
internal static class ReplicaCandidates
{
    public static IReadOnlyList<AssignReplicas.Candidate> In(MetadataImage image)
        => [.. image.Brokers.Select(broker => new AssignReplicas.Candidate(broker.Id, broker.Rack))];
}
