using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Metadata;

/// <summary>Requests of a controller on broker 1, the only live one, about one partition of a topic.</summary>
internal static class MetadataRequests
{
    public static readonly TopicId Id = new(7, 7);

    public static UpdateMetadataRequest Update(string topic, int leader = 1, TopicId? id = null, int partition = 0) => new()
    {
        ControllerId = 1,
        ControllerEpoch = 1,
        LiveBrokers = [new() { Id = 1, Endpoints = [new() { Listener = "PLAINTEXT", Host = "host1", Port = 9092 }] }],
        TopicStates = [new() { TopicName = topic, TopicId = id ?? Id, PartitionStates = [State(topic, leader, partition)] }],
    };

    /// <summary>As controllers before inter.broker.protocol.version 2.2 send it.</summary>
    public static UpdateMetadataRequest Ungrouped(string topic, int leader) => new()
    {
        ControllerId = 1,
        ControllerEpoch = 1,
        UngroupedPartitionStates = [State(topic, leader, 0)],
    };

    private static UpdateMetadataRequest.UpdateMetadataPartitionState State(string topic, int leader, int partition)
        => new() { TopicName = topic, PartitionIndex = partition, Leader = leader, Isr = [1], Replicas = [1] };
}
