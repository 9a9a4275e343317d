using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Takes one partition from the replicas it has to those that it is to have, in Kafka's order (onPartitionReassignment). What is to be
/// added is in the assignment and in the znode first, so that the next controller can go on wherever this one ends; the old replicas go
/// only when all of the new ones are in sync. KIP-455. Part of <see cref="ActiveController"/>; runs inside its events, on the coordination
/// loop.
/// </summary>
internal sealed class ReassignmentFlow(
    ControllerContext context, ControllerStore store, PartitionStateZnodes states, PartitionStateMachine partitions,
    ReplicaStateMachine replicas, TopicDeletion topicDeletion, RequestBatch batch, ILog log)
{
    /// <summary>Begins the reassignment, or goes on with it, and ends it when the new replicas are in sync.</summary>
    public async Task Run(TopicPartition partition, ReplicaAssignment assignment)
    {
        // A topic is not deleted under a reassignment.
        if (context.ToBeDeleted.Contains(partition.Topic))
            context.ToBeDeleted.SetIneligible(partition.Topic);
        await Replace(partition, assignment);
        context.BeginReassignment(partition);
        if (await IsInSync(partition, assignment))
            await Complete(partition, assignment);
        else
            await StartAdding(partition, assignment);
    }

    /// <summary>Whether all replicas that the partition is to have are in the ISR that stands in ZooKeeper.</summary>
    public async Task<bool> IsInSync(TopicPartition partition, ReplicaAssignment assignment)
        => !assignment.IsBeingReassigned
            || ((await states.Read([partition])).TryGetValue(partition, out var state) && !assignment.Target.Except(state.Isr).Any());

    /// <summary>
    /// Whether the replicas that would go at once, being added and not wanted any more, are all that is in sync. A Kafka with ZooKeeper
    /// deletes them, and with them what was acknowledged; one with KRaft refuses, and so does this.
    /// </summary>
    public async Task<bool> WouldLoseAllInSync(TopicPartition partition, ReplicaAssignment assignment)
        => context.AssignmentOf(partition)!.Replicas.Except(assignment.Replicas).Any()
            && (await states.Read([partition])).TryGetValue(partition, out var state)
            && !state.Isr.Intersect(assignment.Replicas).Any();

    /// <summary>
    /// Replicas that were being added and are not wanted any more go at once, and then the assignment is written: one that is not assigned
    /// is in no ISR, wherever this controller ends. Kafka writes first; one that ends in between leaves the replica in the ISR for ever, to
    /// be elected once another reassignment has added it again, empty.
    /// </summary>
    private async Task Replace(TopicPartition partition, ReplicaAssignment assignment)
    {
        var before = context.AssignmentOf(partition)!;
        if (before.IsSameAs(assignment))
            return;
        log.Info("controller", $"partition={partition} reassigned from [{string.Join(',', before.Origin)}] "
            + $"to [{string.Join(',', assignment.Target)}] adding=[{string.Join(',', assignment.Adding)}] "
            + $"removing=[{string.Join(',', assignment.Removing)}]");
        context.SetAssignment(partition, assignment);
        await replicas.Delete(Of(partition, before.Replicas.Except(assignment.Replicas)));
        await Write(partition, assignment);
    }

    /// <summary>The new replicas begin to follow; the leader learns that they are to come in.</summary>
    private async Task StartAdding(TopicPartition partition, ReplicaAssignment assignment)
    {
        await TellUnderNextEpoch(partition, assignment);
        replicas.ToNew(Of(partition, assignment.Adding).Where(replica => context.StateOf(replica) != ReplicaState.New));
    }

    private async Task Complete(TopicPartition partition, ReplicaAssignment assignment)
    {
        replicas.ToOnline(Of(partition, assignment.Adding));
        var completed = ReplicaAssignment.Of(assignment.Target);
        context.SetAssignment(partition, completed);
        await MoveLeader(partition, completed);
        await replicas.Delete(Of(partition, assignment.Removing));
        await Write(partition, completed);
        context.EndReassignment(partition);
        await store.RemoveFromReassignment((name, target) => name == partition && target.SequenceEqual(completed.Replicas));
        batch.AddUpdateMetadata(context.Brokers.Ids, [partition]);
        batch.Send();
        log.Info("controller", $"partition={partition} reassignment done replicas=[{string.Join(',', completed.Replicas)}]");
        if (context.ToBeDeleted.Contains(partition.Topic))
            await topicDeletion.Retry([partition.Topic]);
    }

    private async Task MoveLeader(TopicPartition partition, ReplicaAssignment completed)
    {
        var leader = context.LeadershipOf(partition)?.Leader ?? BrokerId.None;
        if (completed.Replicas.Contains(leader) && context.Brokers.IsOnline(new Replica(partition, leader)))
            await TellUnderNextEpoch(partition, completed);
        else
            await partitions.ToOnline([partition], ElectionOccasion.Reassignment);
    }

    /// <summary>
    /// Sends the assignment under the next leader epoch. A replica that is being added is new and may be made in any log dir that works;
    /// one that was there before may be in a log dir that has failed, and is not made again elsewhere.
    /// </summary>
    private async Task TellUnderNextEpoch(TopicPartition partition, ReplicaAssignment assignment)
    {
        if (!await partitions.ToNextEpoch(partition))
        {
            log.Error("controller", $"partition={partition} leader epoch not raised for its reassignment");
            return;
        }
        batch.AddLeaderAndIsr(assignment.Origin, partition, isNew: false);
        batch.AddLeaderAndIsr(assignment.Adding, partition, isNew: true);
        batch.Send();
    }

    private Task Write(TopicPartition partition, ReplicaAssignment assignment)
    {
        var topic = context.TopicAssignmentOf(partition.Topic);
        var all = new SortedDictionary<int, ReplicaAssignment>(topic.Partitions.ToDictionary()) { [partition.Partition] = assignment };
        return store.SetTopic(partition.Topic, topic with { Partitions = all });
    }

    private static IEnumerable<Replica> Of(TopicPartition partition, IEnumerable<BrokerId> brokers)
        => brokers.Select(broker => new Replica(partition, broker));
}
