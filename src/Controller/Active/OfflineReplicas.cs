using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// What follows when replicas are gone, because their broker is or because their log dir has failed; Kafka's onReplicasBecomeOffline. Part
/// of <see cref="ActiveController"/>; runs inside its events, on the coordination loop.
/// </summary>
internal sealed class OfflineReplicas(
    ControllerContext context, PartitionStateMachine partitions, ReplicaStateMachine replicas, TopicDeletion topicDeletion,
    RequestBatch batch)
{
    /// <summary>
    /// Elects other leaders where these replicas led, takes them out of the ISRs, and has the deletion of their topics wait. The context
    /// says already that they are not online.
    /// </summary>
    public async Task Handle(IReadOnlyList<Replica> offline)
    {
        var leaderless = context.PartitionsWithOfflineLeader;
        partitions.ToOffline(leaderless);
        await partitions.BringOnline();
        await replicas.ToOffline([.. offline.Where(replica => !context.ToBeDeleted.Contains(replica.Partition.Topic))]);
        await topicDeletion.Failed([.. offline.Where(replica => context.ToBeDeleted.Contains(replica.Partition.Topic))]);
        // No new leader has been sent with which brokers would have learnt that a broker is gone.
        if (leaderless.Count > 0)
            return;
        batch.AddUpdateMetadata(context.Brokers.Ids, []);
        batch.Send();
    }
}
