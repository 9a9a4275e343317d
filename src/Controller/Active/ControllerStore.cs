using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// What an active controller reads and writes in ZooKeeper, but for the states of partitions: brokers, topics, marks for deletion and what
/// brokers notify it of. Methods called Watch arm the watch of what they read.
/// </summary>
internal sealed class ControllerStore(IZooKeeper zooKeeper, EpochGuardedWrites writes)
{
    public Task<IReadOnlyList<LiveBroker>> WatchBrokers() => new RegisteredBrokers(zooKeeper).All(watch: true);

    /// <summary>The brokers that have notified of a failed log dir since the last look; their notifications are deleted.</summary>
    public async Task<IReadOnlyList<BrokerId>> TakeLogDirEvents()
    {
        var names = await zooKeeper.Names(ZnodePaths.LogDirEvents, watch: true);
        var reads = await names.Select(name => zooKeeper.Read($"{ZnodePaths.LogDirEvents}/{name}")).InOrder();
        await names.Select(name => writes.Apply(new ZkOp.Delete($"{ZnodePaths.LogDirEvents}/{name}"))).InOrder();
        return [.. reads.Select(read => LogDirEventJson.Decode(read.Data)).OfType<BrokerId>().Distinct()];
    }

    /// <summary>
    /// The partitions of which leaders have written another ISR since the last look, and the notifications that named them, which
    /// <see cref="DeleteIsrChanges"/> takes.
    /// </summary>
    public async Task<(IReadOnlyList<TopicPartition> Partitions, IReadOnlyList<string> Notifications)> WatchIsrChanges()
    {
        var names = await zooKeeper.Names(ZnodePaths.IsrChangeNotifications, watch: true);
        var reads = await names.Select(name => zooKeeper.Read($"{ZnodePaths.IsrChangeNotifications}/{name}")).InOrder();
        return ([.. reads.SelectMany(read => PartitionListJson.Decode(read.Data)).Distinct()], names);
    }

    public Task DeleteIsrChanges(IReadOnlyList<string> notifications)
        => notifications.Select(name => writes.Apply(new ZkOp.Delete($"{ZnodePaths.IsrChangeNotifications}/{name}"))).InOrder();

    /// <summary>The partitions whose preferred replica a tool wants to lead; null when there is no such request.</summary>
    public async Task<IReadOnlyList<TopicPartition>?> WatchPreferredElection()
        => await zooKeeper.Watch(ZnodePaths.PreferredElection) is not null
            ? PartitionListJson.Decode((await zooKeeper.Read(ZnodePaths.PreferredElection)).Data)
            : null;

    public Task DeletePreferredElection() => writes.Apply(new ZkOp.Delete(ZnodePaths.PreferredElection));

    /// <summary>
    /// What a tool wants to have reassigned, and by which transaction it was written, which tells it from the next; null without a request.
    /// </summary>
    public async Task<(IReadOnlyDictionary<TopicPartition, IReadOnlyList<BrokerId>> Targets, long Czxid)?> WatchReassignment()
        => await zooKeeper.Watch(ZnodePaths.ReassignPartitions) is { } stat
            ? (PartitionListJson.DecodeReassignments((await zooKeeper.Read(ZnodePaths.ReassignPartitions)).Data), stat.Czxid)
            : null;

    /// <summary>Takes those partitions out of a tool's request that are done, and the request away with the last of them.</summary>
    public async Task RemoveFromReassignment(Func<TopicPartition, IReadOnlyList<BrokerId>, bool> isDone)
    {
        var node = await zooKeeper.Read(ZnodePaths.ReassignPartitions);
        if (node.Stat is null)
            return;
        var wanted = PartitionListJson.DecodeReassignments(node.Data);
        var left = wanted.Where(entry => !isDone(entry.Key, entry.Value)).ToArray();
        if (left.Length == 0)
            await writes.Apply(new ZkOp.Delete(ZnodePaths.ReassignPartitions));
        else if (left.Length < wanted.Count)
            await writes.Apply(new ZkOp.SetData(ZnodePaths.ReassignPartitions, PartitionListJson.Encode(left)));
    }

    public Task<IReadOnlyList<string>> WatchTopics() => zooKeeper.Names(ZnodePaths.Topics, watch: true);

    public Task<IReadOnlyList<string>> WatchTopicsToDelete() => zooKeeper.Names(ZnodePaths.DeleteTopics, watch: true);

    /// <summary>The topics' assignments, those that are gone or cannot be read left out.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, TopicAssignment>>> WatchAssignments(IReadOnlyList<string> topics)
    {
        var reads = await topics.Select(topic => zooKeeper.Read(ZnodePaths.Topic(topic), watch: true)).InOrder();
        var assignments = new List<KeyValuePair<string, TopicAssignment>>(topics.Count);
        for (var index = 0; index < topics.Count; index++)
        {
            if (TopicJson.Decode(reads[index].Data) is { } assignment)
                assignments.Add(new KeyValuePair<string, TopicAssignment>(topics[index], assignment));
        }
        return assignments;
    }

    /// <summary>Writes a topic's assignment and id, whatever version there is; nothing when the topic is gone.</summary>
    public Task SetTopic(string topic, TopicAssignment assignment)
        => writes.Apply(new ZkOp.SetData(ZnodePaths.Topic(topic), TopicJson.Encode(assignment)));

    /// <summary>
    /// Deletes a topic's config and all below the topic, and then the topic and its mark together: a topic created again under the name
    /// meets neither an old config that is deleted under it nor a mark that would delete it. What a crash leaves is deleted by the next
    /// controller, for the mark is still there.
    /// </summary>
    public async Task DeleteTopic(string topic)
    {
        await writes.DeleteRecursive(ZnodePaths.TopicConfig(topic));
        await writes.DeleteRecursive(ZnodePaths.Partitions(topic));
        var together = await writes.Apply(new ZkOp.Delete(ZnodePaths.Topic(topic)), new ZkOp.Delete(ZnodePaths.DeleteTopic(topic)));
        if (together.Result == ZkResult.Ok)
            return;
        // One of the two is gone already, or a tool put something below the topic.
        await writes.DeleteRecursive(ZnodePaths.Topic(topic));
        await DeleteMark(topic);
    }

    public Task DeleteMark(string topic) => writes.Apply(new ZkOp.Delete(ZnodePaths.DeleteTopic(topic)));

    /// <summary>
    /// Deletes what brokers notified an earlier controller of, since a new one reads everything afresh; arms the watches for what comes
    /// next.
    /// </summary>
    public async Task DeleteNotifications()
    {
        foreach (var parent in (string[])[ZnodePaths.LogDirEvents, ZnodePaths.IsrChangeNotifications])
        {
            foreach (var name in await zooKeeper.Names(parent, watch: true))
                await writes.Apply(new ZkOp.Delete($"{parent}/{name}"));
        }
    }

    /// <summary>
    /// Has <c>/feature</c> say what a controller of this version leaves there; it is not written when it does. Brokers of 2.7 and later
    /// watch it.
    /// </summary>
    public Task SetFeature(MetadataVersion interBrokerProtocol)
        => ChangeFeatureNode(existing => FeatureState.Of(interBrokerProtocol, existing));

    /// <summary>Changes what a controller has left in <c>/feature</c>; asked again where another came between.</summary>
    public Task ChangeFeature(Func<FeatureState, FeatureState> change) => ChangeFeatureNode(
        existing => change(existing ?? FeatureState.Of(MetadataVersion.Latest, null)));

    private async Task ChangeFeatureNode(Func<FeatureState?, FeatureState> change)
    {
        while (true)
        {
            var node = await zooKeeper.Read(ZnodePaths.Feature);
            var existing = FeatureJson.Decode(node.Data);
            var wanted = FeatureJson.Encode(change(existing));
            if (existing is not null && wanted.AsSpan().SequenceEqual(FeatureJson.Encode(existing)))
                return;
            var written = await writes.Apply(node.Stat is null
                ? new ZkOp.Create(ZnodePaths.Feature, wanted)
                : new ZkOp.SetData(ZnodePaths.Feature, wanted, node.Stat.Version));
            if (written.Result == ZkResult.Ok)
                return;
        }
    }

    /// <summary>Deletes <c>/controller</c>, so that another election follows.</summary>
    public Task DeleteController() => writes.Apply(new ZkOp.Delete(ZnodePaths.Controller));
}
