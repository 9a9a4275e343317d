using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.Handlers.Records.Fetching;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// What handlers may ask for in their constructors, each by its type. The build looks a parameter up here: a type that is missing is an
/// error at the parameter, and among several properties of one type the one that is called like the parameter is taken.
/// </summary>
internal sealed partial record HandlerServices
{
    public required BrokerConfig Config { get; init; }
    public required BrokerId BrokerId { get; init; }
    public required ClusterId ClusterId { get; init; }
    public required DynamicBrokerConfig DynamicConfig { get; init; }
    public required ConfigStore ConfigStore { get; init; }
    public required ILog Log { get; init; }
    public required LogLevels LogLevels { get; init; }

    public required MetadataCache Metadata { get; init; }
    public required IControllerRole Controller { get; init; }
    public required IControllerApi ControllerApi { get; init; }
    public required ClusterFeatures Features { get; init; }
    public required ControllerRequestApplier ControllerRequests { get; init; }
    public required IInterBrokerAccess InterBrokerAccess { get; init; }
    public required TopicStore TopicStore { get; init; }
    public required TopicCreation TopicCreation { get; init; }
    public required PartitionAddition PartitionAddition { get; init; }
    public required AutoTopicCreation AutoTopicCreation { get; init; }

    public required Replicas Replicas { get; init; }
    public required FetchSessionCache FetchSessions { get; init; }
    public required MarkerWriter MarkerWriter { get; init; }
    public required TransactionGuards TransactionGuards { get; init; }
    public required TransactionPartitions TransactionPartitions { get; init; }

    public required GroupCoordinator Groups { get; init; }
    public required GroupOptions GroupOptions { get; init; }
    public required ZooKeeperOffsets ZooKeeperOffsets { get; init; }
    public required ProducerIds ProducerIds { get; init; }
    public required TransactionCoordinator Transactions { get; init; }

    /// <summary>The dispatcher with a handler for every served API. Generated: a new handler needs no line here.</summary>
    public partial RequestDispatcher CreateDispatcher();
}
