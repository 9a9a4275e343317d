using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.States;

/// <summary>
/// Takes replicas that are gone out of the ISRs they are in, each with a compare-and-set of the partition's state; Kafka's
/// removeReplicasFromIsr. Runs inside an event of the active controller, on the coordination loop; changes nothing in the context.
/// </summary>
internal sealed class IsrRemoval(PartitionStateZnodes znodes, ControllerIdentity controller, ILog log)
{
    /// <summary>The leadership, as it stands now, of those partitions that have one and no later controller has decided on.</summary>
    public async Task<Dictionary<TopicPartition, LeaderAndIsr>> Remove(BrokerId gone, IReadOnlyList<TopicPartition> partitions)
    {
        var leaderships = new Dictionary<TopicPartition, LeaderAndIsr>(partitions.Count);
        var remaining = partitions;
        while (remaining.Count > 0)
        {
            var current = await znodes.Read(remaining);
            var changed = new List<KeyValuePair<TopicPartition, LeaderAndIsr>>();
            foreach (var (partition, state) in current)
            {
                if (state.ControllerEpoch > controller.Epoch)
                    continue;
                if (LeaderChoice.WithoutReplica(state, gone, controller.Epoch) is { } without)
                    changed.Add(new(partition, without));
                else
                    leaderships[partition] = state;
            }
            var writes = await znodes.Update(changed);
            var again = new List<TopicPartition>();
            for (var index = 0; index < changed.Count; index++)
            {
                var (partition, state) = (changed[index].Key, changed[index].Value);
                switch (writes[index].Result)
                {
                    case ZkResult.Ok:
                        leaderships[partition] = writes[index].Leadership;
                        log.Info("controller", $"partition={partition} broker={gone} offline "
                            + $"leaderEpoch={current[partition].LeaderEpoch}→{state.LeaderEpoch} leader={state.Leader} "
                            + $"isr=[{string.Join(',', state.Isr)}]");
                        break;
                    case ZkResult.BadVersion:
                        again.Add(partition);
                        break;
                    case var result:
                        log.Error("controller", $"partition={partition} broker={gone} not taken out of the ISR: {result}");
                        break;
                }
            }
            remaining = again;
        }
        return leaderships;
    }
}
