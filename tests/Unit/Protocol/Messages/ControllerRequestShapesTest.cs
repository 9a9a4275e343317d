using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Messages;

public sealed class ControllerRequestShapesTest
{
    private static readonly TopicId topicId = new(7, 7);

    public static TheoryData<string> Protocols => new(MetadataVersion.Names.SkipWhile(name => name != "0.10.0-IV0"));

    [Theory]
    [MemberData(nameof(Protocols))]
    public void LeaderAndIsr_says_the_same_in_the_shape_of_each_version(string protocol)
    {
        var request = LeaderAndIsr();
        var version = InterBrokerVersions.Of(ApiKey.LeaderAndIsr, MetadataVersion.Of(protocol));
        var read = RoundTrip(request.InShapeOf(version), version);
        Assert.Equal((1, 2), (read.ControllerId, read.ControllerEpoch));
        var states = read.TopicStates.SelectMany(topic => topic.PartitionStates.Select(state => (topic.TopicName, State: state)))
            .Concat(read.UngroupedPartitionStates.Select(state => (state.TopicName, State: state))).ToList();
        Assert.Equal([("a", 0), ("a", 1), ("b", 0)], states.Select(entry => (entry.TopicName, entry.State.PartitionIndex)));
        Assert.All(states, entry => Assert.Equal((5, 6, 3), (entry.State.LeaderEpoch, entry.State.PartitionEpoch, entry.State.Leader)));
        Assert.Equal((3, "host3", 9092), read.LiveLeaders.Select(leader => (leader.BrokerId, leader.HostName, leader.Port)).Single());
        Assert.Equal(1, request.TopicStates[0].PartitionStates[0].LeaderRecoveryState);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void UpdateMetadata_says_the_same_in_the_shape_of_each_version(string protocol)
    {
        var version = InterBrokerVersions.Of(ApiKey.UpdateMetadata, MetadataVersion.Of(protocol));
        var read = RoundTrip(UpdateMetadata().InShapeOf(version), version);
        var states = read.TopicStates.SelectMany(topic => topic.PartitionStates.Select(state => (topic.TopicName, State: state)))
            .Concat(read.UngroupedPartitionStates.Select(state => (state.TopicName, State: state))).ToList();
        Assert.Equal(
            [("a", 0, 3), ("b", 4, -2)], states.Select(entry => (entry.TopicName, entry.State.PartitionIndex, entry.State.Leader)));
        Assert.Equal((3, "host3"), read.LiveBrokers.Select(broker => (broker.Id, broker.Endpoints.Single().Host)).Single());
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void StopReplica_says_the_same_in_the_shape_of_each_version_though_in_two_requests(string protocol)
    {
        var version = InterBrokerVersions.Of(ApiKey.StopReplica, MetadataVersion.Of(protocol));
        var stopped = new List<(string Topic, int Partition, bool Delete)>();
        foreach (var read in StopReplica().InShapesOf(version).Select(part => RoundTrip(part, version)))
        {
            stopped.AddRange(read.TopicStates.SelectMany(topic => topic.PartitionStates.Select(
                state => (topic.TopicName, state.PartitionIndex, state.DeletePartition))));
            stopped.AddRange(read.Topics.SelectMany(topic => topic.PartitionIndexes.Select(
                partition => (topic.Name, partition, read.DeletePartitions))));
            stopped.AddRange(read.UngroupedPartitions.Select(
                partition => (partition.TopicName, partition.PartitionIndex, read.DeletePartitions)));
        }
        Assert.Equal([("a", 0, true), ("a", 1, false), ("b", 4, true)], stopped.Order());
    }

    [Fact]
    public void Before_version_3_what_is_deleted_goes_first_and_what_there_is_nothing_of_does_not_go()
    {
        Assert.Equal([true, false], StopReplica().InShapesOf(2).Select(part => part.DeletePartitions));
        var request = StopReplica();
        request.TopicStates.RemoveAt(1);
        request.TopicStates[0].PartitionStates.RemoveAt(0);
        Assert.False(Assert.Single(request.InShapesOf(0)).DeletePartitions);
    }

    private static T RoundTrip<T>(T message, short version)
        where T : IMessage<T>
    {
        using var writer = new WireWriter();
        message.Encode(writer, version);
        var reader = new WireReader(writer.ToArray());
        return T.Decode(ref reader, version);
    }

    private static LeaderAndIsrRequest LeaderAndIsr() => new()
    {
        ControllerId = 1,
        ControllerEpoch = 2,
        BrokerEpoch = 9,
        TopicStates =
        [
            new() { TopicName = "a", TopicId = topicId, PartitionStates = [State("a", 0, recovering: true), State("a", 1)] },
            new() { TopicName = "b", TopicId = topicId, PartitionStates = [State("b", 0)] },
        ],
        LiveLeaders = [new() { BrokerId = 3, HostName = "host3", Port = 9092 }],
    };

    private static LeaderAndIsrRequest.LeaderAndIsrPartitionState State(string topic, int partition, bool recovering = false) => new()
    {
        TopicName = topic,
        PartitionIndex = partition,
        ControllerEpoch = 2,
        Leader = 3,
        LeaderEpoch = 5,
        PartitionEpoch = 6,
        Isr = [3],
        Replicas = [3, 4],
        AddingReplicas = [4],
        IsNew = true,
        LeaderRecoveryState = recovering ? (sbyte)1 : (sbyte)0,
    };

    private static UpdateMetadataRequest UpdateMetadata() => new()
    {
        ControllerId = 1,
        ControllerEpoch = 2,
        BrokerEpoch = 9,
        TopicStates =
        [
            new()
            {
                TopicName = "a",
                TopicId = topicId,
                PartitionStates = [new() { TopicName = "a", PartitionIndex = 0, Leader = 3, OfflineReplicas = [4] }],
            },
            new() { TopicName = "b", TopicId = topicId, PartitionStates = [new() { TopicName = "b", PartitionIndex = 4, Leader = -2 }] },
        ],
        LiveBrokers = [new() { Id = 3, Rack = "r", Endpoints = [new() { Host = "host3", Port = 9092, Listener = "PLAINTEXT" }] }],
    };

    private static StopReplicaRequest StopReplica() => new()
    {
        ControllerId = 1,
        ControllerEpoch = 2,
        BrokerEpoch = 9,
        TopicStates =
        [
            new()
            {
                TopicName = "a",
                PartitionStates =
                [
                    new() { PartitionIndex = 0, LeaderEpoch = -2, DeletePartition = true }, new() { PartitionIndex = 1, LeaderEpoch = 5 },
                ],
            },
            new() { TopicName = "b", PartitionStates = [new() { PartitionIndex = 4, LeaderEpoch = -2, DeletePartition = true }] },
        ],
    };
}
