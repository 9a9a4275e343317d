using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.States;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Topics and partitions that are created: the TopicChange and PartitionModifications events. Part of <see cref="ActiveController"/>; runs
/// inside its events, on the coordination loop.
/// </summary>
/// <param name="enqueue">Queues an event of the active controller.</param>
internal sealed class TopicChanges(
    ControllerContext context, ControllerStore store, PartitionStateZnodes states, ControllerOptions options,
    PartitionStateMachine partitions, ReplicaStateMachine replicas, Action<string, Func<Task>> enqueue)
{
    /// <summary>Reads topics, assignments and leaderships when the controller takes over; nothing is sent yet.</summary>
    public async Task Load()
    {
        var loaded = await Add(await store.WatchTopics());
        foreach (var (partition, state) in await states.Read(loaded))
            context.SetLeadership(partition, state);
        foreach (var partition in loaded.Where(partition => context.AssignmentOf(partition)!.IsBeingReassigned))
            context.BeginReassignment(partition);
    }

    public async Task OnTopicChange()
    {
        var names = await store.WatchTopics();
        foreach (var deleted in context.Topics.Except(names, StringComparer.Ordinal).ToArray())
        {
            options.Watchers.ForgetNode(ZnodePaths.Topic(deleted));
            context.RemoveTopic(deleted);
        }
        await Create(await Add([.. names.Where(name => !context.HasTopic(name))]));
    }

    /// <summary>Partitions were added to a topic.</summary>
    private async Task OnPartitionModifications(string topic)
    {
        if (await store.WatchAssignments([topic]) is not [var (_, assignment)] || !context.HasTopic(topic))
            return;
        var hasMore = assignment.Partitions.Keys.Any(number => context.AssignmentOf(new TopicPartition(topic, number)) is null);
        if (hasMore && context.ToBeDeleted.Contains(topic))
        {
            options.Log.Warn("controller", $"topic={topic} is being deleted: added partitions dropped");
            await store.SetTopic(topic, context.TopicAssignmentOf(topic));
        }
        else if (hasMore)
        {
            var added = AddPartitions(topic, assignment);
            // Tools without topic ids drop the topic's when they add partitions. KIP-516.
            if (assignment.TopicId.IsZero)
                await store.SetTopic(topic, context.TopicAssignmentOf(topic));
            await Create(added);
        }
    }

    /// <summary>Takes topics into the context, each watched and with an id. The partitions added.</summary>
    private async Task<IReadOnlyList<TopicPartition>> Add(IReadOnlyList<string> topics)
    {
        foreach (var topic in topics)
            options.Watchers.OnNode(ZnodePaths.Topic(topic), _ => enqueue("PartitionModifications", () => OnPartitionModifications(topic)));
        var added = new List<TopicPartition>();
        foreach (var (topic, assignment) in await store.WatchAssignments(topics))
        {
            // A topic that a tool without topic ids wrote is given one. KIP-516.
            var isIdMissing = assignment.TopicId.IsZero;
            context.AddTopic(topic, isIdMissing ? TopicId.Create(options.Random) : assignment.TopicId);
            added.AddRange(AddPartitions(topic, assignment));
            if (isIdMissing)
                await store.SetTopic(topic, context.TopicAssignmentOf(topic));
        }
        return added;
    }

    /// <summary>Takes those partitions into the context that it does not know.</summary>
    private List<TopicPartition> AddPartitions(string topic, TopicAssignment assignment)
    {
        var added = new List<TopicPartition>();
        foreach (var (number, replicaAssignment) in assignment.Partitions)
        {
            var partition = new TopicPartition(topic, number);
            if (context.AssignmentOf(partition) is not null)
                continue;
            context.SetAssignment(partition, replicaAssignment);
            added.Add(partition);
        }
        return added;
    }

    /// <summary>Brings partitions and replicas from nowhere to online; Kafka's onNewPartitionCreation.</summary>
    private async Task Create(IReadOnlyList<TopicPartition> added)
    {
        if (added.Count == 0)
            return;
        partitions.ToNew(added);
        var theirs = added.SelectMany(context.ReplicasOf).ToArray();
        replicas.ToNew(theirs);
        await partitions.ToOnline(added);
        replicas.ToOnline(theirs);
    }
}
