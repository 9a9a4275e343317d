using System.Collections.Concurrent;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Topics;

/// <summary>
/// Makes topics that nobody created: those a Metadata request names (auto.create.topics.enable) and the internal ones, which have counts
/// and settings of their own. Any broker does so by itself, controller or not. Callable from anywhere.
/// </summary>
public sealed class AutoTopicCreation(TopicCreation creation, BrokerConfig config, TimeProvider time, ILog log)
{
    private readonly AutoCreationRate rate = new(time);
    private readonly ConcurrentDictionary<string, bool> inProgress = new(StringComparer.Ordinal);

    /// <summary>
    /// Creates the topic; the error is what a client that asked for its metadata is told, LeaderNotAvailable when all went well, and also
    /// when too many were created just now: the client comes back.
    /// </summary>
    public async Task<KafkaError> Create(string name)
    {
        if (!rate.TryTake())
        {
            log.Warn("topics", $"topic={Printable.Of(name)} is not created now: {AutoCreationRate.Text}");
            return KafkaError.LeaderNotAvailable;
        }
        var outcome = await creation.Create(InternalTopicToCreate.Of(name, config), validateOnly: false);
        return outcome.Error switch
        {
            // Another may have been faster; either way the client comes back and finds it.
            KafkaError.None or KafkaError.TopicAlreadyExists => KafkaError.LeaderNotAvailable,
            var error => error,
        };
    }

    /// <summary>
    /// Starts making an internal topic, for the first client that asks for its coordinator, with the broker's settings for it (partitions,
    /// replication factor, compaction). Returns at once and is fine to call again and again: who asks for a coordinator meanwhile is told
    /// CoordinatorNotAvailable and comes back.
    /// </summary>
    public void EnsureExists(string topic)
    {
        if (inProgress.TryAdd(topic, true))
            creation.Run(() => CreateInternal(topic));
    }

    private async Task CreateInternal(string topic)
    {
        try
        {
            var outcome = await creation.Create(InternalTopicToCreate.Of(topic, config), validateOnly: false);
            if (outcome.Error == KafkaError.None)
                log.Info("topics", $"created topic={topic} id={outcome.Id} partitions={outcome.PartitionCount} "
                    + $"replicationFactor={outcome.ReplicationFactor}");
            else if (outcome.Error != KafkaError.TopicAlreadyExists)
                log.Warn("topics", $"internal topic={topic} not created error={outcome.Error}: {outcome.Message}");
        }
        finally
        {
            inProgress.TryRemove(topic, out _);
        }
    }
}
