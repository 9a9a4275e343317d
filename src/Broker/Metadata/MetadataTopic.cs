using System.Collections.Immutable;

namespace KafkaCompatBroker.Broker.Metadata;

/// <summary>A topic and its partitions by number.</summary>
/// <param name="Id">Zero when the controller gave none.</param>
public sealed record MetadataTopic(string Name, TopicId Id, ImmutableSortedDictionary<int, MetadataPartition> Partitions);

/// <summary>A partition's state as the controller last sent it.</summary>
public sealed record MetadataPartition
{
    public required int Partition { get; init; }
    /// <summary>None while it has no leader.</summary>
    public required BrokerId Leader { get; init; }
    public required LeaderEpoch LeaderEpoch { get; init; }
    public required PartitionEpoch PartitionEpoch { get; init; }
    /// <summary>Brokers by number, in order. Answers hold this very list, and the two below: nobody may change them.</summary>
    public required List<int> ReplicaNodes { get; init; }
    /// <summary>Those of the replicas that are in sync.</summary>
    public required List<int> IsrNodes { get; init; }
    /// <summary>Those of the replicas whose broker, or log dir, is gone.</summary>
    public required List<int> OfflineNodes { get; init; }

    public static MetadataPartition From(UpdateMetadataRequest.UpdateMetadataPartitionState state) => new()
    {
        Partition = state.PartitionIndex,
        Leader = state.Leader < 0 ? BrokerId.None : new BrokerId(state.Leader),
        LeaderEpoch = new LeaderEpoch(state.LeaderEpoch),
        PartitionEpoch = new PartitionEpoch(state.ZkVersion),
        ReplicaNodes = [.. state.Replicas],
        IsrNodes = [.. state.Isr],
        OfflineNodes = [.. state.OfflineReplicas],
    };
}
