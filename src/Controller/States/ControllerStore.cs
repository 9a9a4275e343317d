using System.Globalization;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.States;

/// <summary>
/// Another broker is controller now: the epoch has gone on. Thrown by every write, caught where events run, which then resign.
/// </summary>
internal sealed class ControllerMoved() : Exception("the controller epoch has gone on");

/// <summary>What became of a compare-and-set of a partition's state.</summary>
internal readonly record struct StateWrite(ZkResult Result, LeaderAndIsr Leadership);

/// <summary>
/// What an active controller reads and writes in ZooKeeper. Each write is a multi that first checks that <c>/controller_epoch</c> still has
/// the version of our election, so a controller that was replaced without noticing changes nothing. Writes of several partitions are under
/// way together, each on its own.
/// </summary>
internal sealed class ControllerStore(IZooKeeper zooKeeper, int epochVersion)
{
    /// <summary>The registered brokers; those whose entry goes or cannot be read meanwhile are left out.</summary>
    public async Task<IReadOnlyList<LiveBroker>> ReadBrokers()
    {
        var names = await zooKeeper.Names(ZnodePaths.BrokerIds, watch: true);
        var ids = names.Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(name => new BrokerId(int.Parse(name, CultureInfo.InvariantCulture))).OrderBy(id => id.Value).ToArray();
        var reads = await ids.Select(id => zooKeeper.Read(ZnodePaths.Broker(id))).InOrder();
        var brokers = new List<LiveBroker>(ids.Length);
        for (var index = 0; index < ids.Length; index++)
        {
            if (reads[index].Stat is { } stat && ZnodeJson.DecodeBroker(ids[index], reads[index].Data) is { } info)
                brokers.Add(new LiveBroker(info, new BrokerEpoch(stat.Czxid)));
        }
        return brokers;
    }

    /// <summary>The brokers that have told of a failed log dir since the last look; what they told is deleted.</summary>
    public async Task<IReadOnlyList<BrokerId>> TakeLogDirEvents()
    {
        var names = await zooKeeper.Names(ZnodePaths.LogDirEvents, watch: true);
        var reads = await names.Select(name => zooKeeper.Read($"{ZnodePaths.LogDirEvents}/{name}")).InOrder();
        await names.Select(name => Checked(new ZkOp.Delete($"{ZnodePaths.LogDirEvents}/{name}"))).InOrder();
        return [.. reads.Select(read => ZnodeJson.DecodeLogDirEvent(read.Data)).OfType<BrokerId>().Distinct()];
    }

    public Task<IReadOnlyList<string>> WatchTopics() => zooKeeper.Names(ZnodePaths.Topics, watch: true);

    public Task<IReadOnlyList<string>> WatchTopicsToDelete() => zooKeeper.Names(ZnodePaths.DeleteTopics, watch: true);

    /// <summary>The topics' assignments, those that are gone or cannot be read left out; arms each one's data watch.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, TopicAssignment>>> WatchAssignments(IReadOnlyList<string> topics)
    {
        var reads = await topics.Select(topic => zooKeeper.Read(ZnodePaths.Topic(topic), watch: true)).InOrder();
        var assignments = new List<KeyValuePair<string, TopicAssignment>>(topics.Count);
        for (var index = 0; index < topics.Count; index++)
        {
            if (ZnodeJson.DecodeTopic(reads[index].Data) is { } assignment)
                assignments.Add(new KeyValuePair<string, TopicAssignment>(topics[index], assignment));
        }
        return assignments;
    }

    /// <summary>The states of those partitions that have one.</summary>
    public async Task<Dictionary<TopicPartition, LeaderAndIsr>> ReadStates(IReadOnlyList<TopicPartition> partitions)
    {
        var reads = await partitions.Select(partition => zooKeeper.Read(ZnodePaths.State(partition))).InOrder();
        var states = new Dictionary<TopicPartition, LeaderAndIsr>(partitions.Count);
        for (var index = 0; index < partitions.Count; index++)
        {
            if (reads[index].Stat is { } stat && ZnodeJson.DecodeState(reads[index].Data, stat.Version) is { } state)
                states.Add(partitions[index], state);
        }
        return states;
    }

    public async Task<IReadOnlyDictionary<string, string>> ReadTopicConfig(string topic)
        => ZnodeJson.DecodeConfig((await zooKeeper.Read(ZnodePaths.TopicConfig(topic))).Data) ?? new Dictionary<string, string>();

    /// <summary>
    /// Makes the state of new partitions, with the nodes above it where they lack; NodeExists where there is one already.
    /// </summary>
    public async Task<IReadOnlyList<StateWrite>> CreateStates(IReadOnlyList<KeyValuePair<TopicPartition, LeaderAndIsr>> states)
    {
        await states.Select(state => state.Key.Topic).Distinct(StringComparer.Ordinal).Select(
            topic => Checked(new ZkOp.Create(ZnodePaths.Partitions(topic), null))).InOrder();
        await states.Select(state => Checked(new ZkOp.Create(ZnodePaths.Partition(state.Key), null))).InOrder();
        return await states.Select(async state =>
        {
            var created = await Checked(new ZkOp.Create(ZnodePaths.State(state.Key), ZnodeJson.EncodeState(state.Value)));
            return new StateWrite(created.Result, state.Value with { PartitionEpoch = new PartitionEpoch(0) });
        }).InOrder();
    }

    /// <summary>Writes each state on the partition epoch it carries; BadVersion where that has gone on.</summary>
    public async Task<IReadOnlyList<StateWrite>> UpdateStates(IReadOnlyList<KeyValuePair<TopicPartition, LeaderAndIsr>> states)
        => await states.Select(async state =>
        {
            var set = await Checked(
                new ZkOp.SetData(ZnodePaths.State(state.Key), ZnodeJson.EncodeState(state.Value), state.Value.PartitionEpoch.Value));
            return new StateWrite(
                set.Result, set.Stat is { } stat ? state.Value with { PartitionEpoch = new PartitionEpoch(stat.Version) } : state.Value);
        }).InOrder();

    /// <summary>Writes a topic's assignment and id, whatever version there is. NoNode when the topic is gone.</summary>
    public async Task<ZkResult> SetTopic(string topic, TopicAssignment assignment)
        => (await Checked(new ZkOp.SetData(ZnodePaths.Topic(topic), ZnodeJson.EncodeTopic(assignment)))).Result;

    /// <summary>
    /// Deletes a topic's config and all below the topic, and then the topic and its mark together: a topic created again under the name
    /// meets neither an old config that is deleted under it nor a mark that would delete it. What a crash leaves is deleted by the next
    /// controller, for the mark is still there.
    /// </summary>
    public async Task DeleteTopic(string topic)
    {
        await DeleteRecursive(ZnodePaths.TopicConfig(topic));
        await DeleteRecursive(ZnodePaths.Partitions(topic));
        var together = await Checked(new ZkOp.Delete(ZnodePaths.Topic(topic)), new ZkOp.Delete(ZnodePaths.DeleteTopic(topic)));
        if (together.Result == ZkResult.Ok)
            return;
        // One of the two is gone already, or a tool put something below the topic.
        await DeleteRecursive(ZnodePaths.Topic(topic));
        await DeleteMark(topic);
    }

    public Task DeleteMark(string topic) => Checked(new ZkOp.Delete(ZnodePaths.DeleteTopic(topic)));

    /// <summary>
    /// Deletes what brokers told an earlier controller, since a new one reads everything afresh; arms the watches for what they tell next.
    /// </summary>
    public async Task DeleteNotifications()
    {
        foreach (var parent in (string[])[ZnodePaths.LogDirEvents, ZnodePaths.IsrChangeNotifications])
        {
            foreach (var name in await zooKeeper.Names(parent, watch: true))
                await Checked(new ZkOp.Delete($"{parent}/{name}"));
        }
    }

    /// <summary>Makes <c>/feature</c> where it lacks: brokers of 2.7 and later wait for it.</summary>
    public Task CreateFeature() => Checked(new ZkOp.Create(ZnodePaths.Feature, ZnodeJson.EncodeFeature()));

    /// <summary>Gives the office up, so that another election follows.</summary>
    public Task DeleteController() => Checked(new ZkOp.Delete(ZnodePaths.Controller));

    private async Task DeleteRecursive(string path)
    {
        while (true)
        {
            var names = await zooKeeper.Names(path);
            await names.Select(name => DeleteRecursive($"{path}/{name}")).InOrder();
            if ((await Checked(new ZkOp.Delete(path))).Result != ZkResult.NotEmpty)
                return;
        }
    }

    /// <summary>
    /// The operations, all or none, if we are still controller. The result of the one that failed, else of the first; NodeExists, NoNode,
    /// BadVersion and NotEmpty are for the caller to judge.
    /// </summary>
    private async Task<ZkOpResult> Checked(params ZkOp[] operations)
    {
        var multi = await zooKeeper.Multi([new ZkOp.Check(ZnodePaths.ControllerEpoch, epochVersion), .. operations]);
        if (multi.Results is [{ Result: ZkResult.BadVersion }, ..])
            throw new ControllerMoved();
        if (multi.Result is ZkResult.Ok or ZkResult.NodeExists or ZkResult.NoNode or ZkResult.BadVersion or ZkResult.NotEmpty)
            return multi.Result == ZkResult.Ok ? multi.Results[1] : multi.Results.First(result => result.Result == multi.Result);
        throw new ZooKeeperFailed(multi.Result, operations[0].Path);
    }
}
