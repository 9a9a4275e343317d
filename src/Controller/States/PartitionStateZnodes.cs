using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.States;

/// <summary>What became of a compare-and-set of a partition's state.</summary>
internal readonly record struct StateWrite(ZkResult Result, LeaderAndIsr Leadership);

/// <summary>
/// The <c>state</c> znodes of partitions as an active controller reads and writes them. Those of several partitions are read or written
/// together, each on its own.
/// </summary>
internal sealed class PartitionStateZnodes(IZooKeeper zooKeeper, EpochGuardedWrites writes)
{
    /// <summary>The states of those partitions that have one.</summary>
    public async Task<Dictionary<TopicPartition, LeaderAndIsr>> Read(IReadOnlyList<TopicPartition> partitions)
    {
        var reads = await partitions.Select(partition => zooKeeper.Read(ZnodePaths.State(partition))).InOrder();
        var states = new Dictionary<TopicPartition, LeaderAndIsr>(partitions.Count);
        for (var index = 0; index < partitions.Count; index++)
        {
            if (reads[index].Stat is { } stat && PartitionStateJson.Decode(reads[index].Data, stat.Version) is { } state)
                states.Add(partitions[index], state);
        }
        return states;
    }

    /// <summary>
    /// Makes the states of new partitions, and the nodes above them where they lack; NodeExists where there is a state already.
    /// </summary>
    public async Task<IReadOnlyList<StateWrite>> Create(IReadOnlyList<KeyValuePair<TopicPartition, LeaderAndIsr>> states)
    {
        var topics = states.Select(state => state.Key.Topic).Distinct(StringComparer.Ordinal);
        await topics.Select(topic => writes.Apply(new ZkOp.Create(ZnodePaths.Partitions(topic), null))).InOrder();
        await states.Select(state => writes.Apply(new ZkOp.Create(ZnodePaths.Partition(state.Key), null))).InOrder();
        return await states.Select(async state =>
        {
            var created = await writes.Apply(new ZkOp.Create(ZnodePaths.State(state.Key), PartitionStateJson.Encode(state.Value)));
            return new StateWrite(created.Result, state.Value with { PartitionEpoch = new PartitionEpoch(0) });
        }).InOrder();
    }

    /// <summary>Writes each state on the partition epoch it carries; BadVersion where that has gone on.</summary>
    public async Task<IReadOnlyList<StateWrite>> Update(IReadOnlyList<KeyValuePair<TopicPartition, LeaderAndIsr>> states)
        => await states.Select(async state =>
        {
            var data = PartitionStateJson.Encode(state.Value);
            var set = await writes.Apply(new ZkOp.SetData(ZnodePaths.State(state.Key), data, state.Value.PartitionEpoch.Value));
            return new StateWrite(
                set.Result, set.Stat is { } stat ? state.Value with { PartitionEpoch = new PartitionEpoch(stat.Version) } : state.Value);
        }).InOrder();
}
