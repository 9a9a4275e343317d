using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>A client that makes and deletes topics whose names are its own, until it knows that it is done.</summary>
internal abstract class TopicClient(RunContext run, string name) : KafkaClient(run, name)
{
    /// <summary>Makes the topic, or finds that an earlier try has made it. The id, or null when clients are to stop.</summary>
    protected async Task<TopicId?> Create(string topic, int partitionCount, bool isDurable)
    {
        while (!Context.IsStopping)
        {
            var request = TopicCalls.Create(
                topic, partitionCount, Context.Settings.ReplicationFactor, Context.IsReplicated ? null : isDurable);
            var response = await Ask<CreateTopicsRequest, CreateTopicsResponse>(Peer.Controller, request, TopicCalls.CreateVersion);
            if (response is { Topics: [var answer] })
            {
                if (answer.ErrorCode == KafkaError.None)
                    return Known(topic, answer.TopicId, partitionCount);
                Expect("CreateTopics", answer.ErrorCode, KafkaError.TopicAlreadyExists);
            }
            if (await Find(topic) is { } found)
                return Known(topic, found.TopicId, partitionCount);
            await Pause(500);
        }
        return null;
    }

    /// <summary>Deletes the topic, until the broker says that it is done or knows it no longer.</summary>
    protected async Task Delete(string topic)
    {
        Context.History.Topics.Deleting(topic);
        for (var unknownCount = 0; unknownCount < 3 && !Context.IsStopping; await Pause(500))
        {
            var response = await Ask<DeleteTopicsRequest, DeleteTopicsResponse>(
                Peer.Controller, TopicCalls.Delete(topic), TopicCalls.DeleteVersion);
            if (response is not { Responses: [var answer] })
                continue;
            if (answer.ErrorCode == KafkaError.None)
            {
                Context.History.Topics.Deleted(topic, Context.Now);
                return;
            }
            Expect("DeleteTopics", answer.ErrorCode);
            // A try that was not answered may have deleted it; a broker that has just started may not know its topics yet.
            if (answer.ErrorCode == KafkaError.UnknownTopicOrPartition && await Find(topic) is null && Context.MayBeGone(topic))
                unknownCount++;
        }
        if (!Context.IsStopping)
            Context.History.Topics.Deleted(topic, Context.Now);
    }

    /// <summary>What metadata says of the topic; null when it is not there, or no answer came.</summary>
    protected async Task<MetadataResponse.MetadataResponseTopic?> Find(string topic)
    {
        var begun = Context.Now;
        var response = await Ask<MetadataRequest, MetadataResponse>(
            Peer.Controller, TopicCalls.Metadata(topic), TopicCalls.MetadataVersion);
        if (response is not { Topics: [{ ErrorCode: KafkaError.None } found] })
            return null;
        // One that has not heard of the deletion yet.
        if (Context.IsReplicated && Context.History.Topics.IsDeleted(found.TopicId))
            return null;
        Context.History.Topics.Seen(topic, found.TopicId, begun);
        return found;
    }

    private TopicId Known(string topic, TopicId id, int partitionCount)
    {
        Context.History.Topics.Created(topic, id, partitionCount);
        Context.Log.Tell($"topic {topic} is there with id {id}");
        return id;
    }

    private void Expect(string call, KafkaError error, KafkaError? besides = null)
    {
        Trouble($"{call}: {error}");
        // While brokers are away there may be too few for all replicas.
        if (error == KafkaError.InvalidReplicationFactor && Context.IsReplicated)
            return;
        if (error != besides && !ClientErrors.IsTransient(error) && error != KafkaError.UnknownServerError)
            throw new Violation($"{Name} was refused with {error} by {call}");
    }
}

/// <summary>Makes the topics that are there for the whole run, and looks at them from time to time.</summary>
/// <param name="others">Those besides the run's own.</param>
internal sealed class TopicKeeper(RunContext run, string name, IReadOnlyList<TopicSetup>? others = null) : TopicClient(run, name)
{
    private readonly IReadOnlyList<TopicSetup> topics = [.. run.Settings.Topics, .. others ?? []];

    public override async Task Run()
    {
        foreach (var topic in topics)
            await Create(topic.Name, topic.PartitionCount, topic.IsDurable);
        while (!Context.IsStopping)
        {
            await Pause(1000);
            if (await Find(topics[Random.Next(topics.Count)].Name) is not null)
                Progress();
        }
    }
}
