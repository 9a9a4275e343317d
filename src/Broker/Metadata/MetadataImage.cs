using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Broker.Metadata;

/// <summary>
/// The cluster as the controller last described it: brokers, topics, partition states. Immutable, so a handler that took one answers from a
/// single point in time.
/// </summary>
public sealed class MetadataImage
{
    public static readonly MetadataImage Empty = new(
        BrokerId.None,
        ImmutableSortedDictionary.Create<int, MetadataBroker>(),
        ImmutableDictionary.Create<string, MetadataTopic>(StringComparer.Ordinal),
        ImmutableDictionary<TopicId, string>.Empty,
        partitionCount: 0);

    private readonly ImmutableSortedDictionary<int, MetadataBroker> brokers;
    private readonly ImmutableDictionary<string, MetadataTopic> topics;
    private readonly ImmutableDictionary<TopicId, string> topicNames;

    private MetadataImage(
        BrokerId controller,
        ImmutableSortedDictionary<int, MetadataBroker> brokers,
        ImmutableDictionary<string, MetadataTopic> topics,
        ImmutableDictionary<TopicId, string> topicNames,
        int partitionCount)
    {
        Controller = controller;
        (this.brokers, this.topics, this.topicNames) = (brokers, topics, topicNames);
        PartitionCount = partitionCount;
    }

    /// <summary>None while there is no controller.</summary>
    public BrokerId Controller { get; }

    /// <summary>The live brokers, by id.</summary>
    public IEnumerable<MetadataBroker> Brokers => brokers.Values;

    public bool HasBrokers => brokers.Count > 0;

    /// <summary>All topics, in no order.</summary>
    public IEnumerable<MetadataTopic> Topics => topics.Values;

    /// <summary>Of all topics.</summary>
    public int PartitionCount { get; }

    public bool IsLive(BrokerId broker) => brokers.ContainsKey(broker.Value);

    public bool TryGetBroker(BrokerId id, [MaybeNullWhen(false)] out MetadataBroker broker) => brokers.TryGetValue(id.Value, out broker);

    public bool TryGetTopic(string name, [MaybeNullWhen(false)] out MetadataTopic topic) => topics.TryGetValue(name, out topic);

    public bool TryGetTopic(TopicId id, [MaybeNullWhen(false)] out MetadataTopic topic)
    {
        topic = null;
        return topicNames.TryGetValue(id, out var name) && topics.TryGetValue(name, out topic);
    }

    public bool TryGetPartition(TopicPartition name, [MaybeNullWhen(false)] out MetadataPartition partition)
    {
        partition = null;
        return topics.TryGetValue(name.Topic, out var topic) && topic.Partitions.TryGetValue(name.Partition, out partition);
    }

    public bool Contains(TopicPartition name) => TryGetPartition(name, out _);

    /// <summary>Whether the topic has so many partitions at least, each with a leader.</summary>
    public bool HasLeaders(string name, int partitionCount)
        => topics.TryGetValue(name, out var topic)
            && topic.Partitions.Count >= partitionCount
            && topic.Partitions.Values.All(partition => partition.Leader != BrokerId.None);

    /// <summary>
    /// The image after a request: brokers and controller are replaced, partitions are merged in, and a partition whose topic is being
    /// deleted is dropped.
    /// </summary>
    public MetadataImage After(UpdateMetadataRequest request)
    {
        var live = ImmutableSortedDictionary.CreateBuilder<int, MetadataBroker>();
        foreach (var broker in request.LiveBrokers)
            live[broker.Id] = MetadataBroker.From(broker);
        var (nextTopics, nextNames) = (topics.ToBuilder(), topicNames.ToBuilder());
        var partitionCount = PartitionCount;
        foreach (var topic in request.TopicStates)
            partitionCount += Merge(nextTopics, nextNames, topic.TopicName, topic.TopicId, topic.PartitionStates);
        foreach (var partition in request.UngroupedPartitionStates)
            partitionCount += Merge(nextTopics, nextNames, partition.TopicName, TopicId.Zero, [partition]);
        var controller = request.ControllerId < 0 ? BrokerId.None : new BrokerId(request.ControllerId);
        return new MetadataImage(controller, live.ToImmutable(), nextTopics.ToImmutable(), nextNames.ToImmutable(), partitionCount);
    }

    /// <summary>The topics of this image that a request has taken out of the next one.</summary>
    public IReadOnlyList<string> TopicsMissingIn(MetadataImage next, UpdateMetadataRequest request)
        => [.. request.TopicStates.Select(topic => topic.TopicName)
            .Concat(request.UngroupedPartitionStates.Select(partition => partition.TopicName)).Distinct(StringComparer.Ordinal)
            .Where(topic => topics.ContainsKey(topic) && !next.topics.ContainsKey(topic))];

    /// <summary>Returns how many partitions the topic has gained, below 0 where it has lost some.</summary>
    private static int Merge(
        ImmutableDictionary<string, MetadataTopic>.Builder topics,
        ImmutableDictionary<TopicId, string>.Builder names,
        string name,
        TopicId id,
        List<UpdateMetadataRequest.UpdateMetadataPartitionState> states)
    {
        topics.TryGetValue(name, out var before);
        var partitions = (before?.Partitions ?? ImmutableSortedDictionary<int, MetadataPartition>.Empty).ToBuilder();
        foreach (var state in states)
        {
            if (state.Leader == LeaderAndIsr.LeaderDuringDelete.Value)
                partitions.Remove(state.PartitionIndex);
            else
                partitions[state.PartitionIndex] = MetadataPartition.From(state);
        }
        if (before is not null && (partitions.Count == 0 || (!id.IsZero && id != before.Id)))
            names.Remove(before.Id);
        var gained = partitions.Count - (before?.Partitions.Count ?? 0);
        if (partitions.Count == 0)
        {
            topics.Remove(name);
            return gained;
        }
        var kept = id.IsZero && before is not null ? before.Id : id;
        topics[name] = new MetadataTopic(name, kept, partitions.ToImmutable());
        if (!kept.IsZero)
            names[kept] = name;
        return gained;
    }
}
