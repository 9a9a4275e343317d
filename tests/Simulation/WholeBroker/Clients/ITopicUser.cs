using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>A client of one of the topics that are there for the whole run.</summary>
internal interface ITopicUser
{
    TopicSetup Topic { get; }
}
