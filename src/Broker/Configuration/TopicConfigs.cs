using System.Collections.Concurrent;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>
/// What is known of topics' own settings, as their logs want them. Filled before logs are loaded, before a new partition's log is made, and
/// by each change that is announced. Read from anywhere.
/// </summary>
public sealed class TopicConfigs(BrokerConfig config, TopicStore store, ILog log)
{
    private readonly ConcurrentDictionary<string, LogConfig> known = new(StringComparer.Ordinal);
    private readonly LogConfig defaults = new TopicConfig(config, new Dictionary<string, string>()).ToLogConfig();

    /// <summary>The topic's settings; the broker's where the topic has none.</summary>
    public LogConfig Of(string topic) => known.GetValueOrDefault(topic, defaults);

    /// <summary>Takes a topic's stored settings, complete.</summary>
    public LogConfig Put(string topic, IReadOnlyDictionary<string, string> stored)
    {
        var topicConfig = new TopicConfig(config, stored);
        foreach (var line in topicConfig.PassedOver)
            log.Warn("config", $"topic={topic} {line}");
        return known[topic] = topicConfig.ToLogConfig();
    }

    /// <summary>Reads the settings of all topics there are.</summary>
    public async Task ReadAll()
    {
        foreach (var topic in await store.Topics())
            Put(topic, await store.Config(topic));
    }

    /// <summary>
    /// Reads the settings of topics whose partitions are new to this broker: a topic of this name may have been another one before.
    /// </summary>
    public async Task ReadNew(LeaderAndIsrRequest request)
    {
        var grouped = request.TopicStates.Where(topic => topic.PartitionStates.Exists(partition => partition.IsNew))
            .Select(topic => topic.TopicName);
        var ungrouped = request.UngroupedPartitionStates.Where(partition => partition.IsNew).Select(partition => partition.TopicName);
        foreach (var topic in grouped.Concat(ungrouped).Distinct(StringComparer.Ordinal))
            Put(topic, await store.Config(topic));
    }

    public void Forget(string topic) => known.TryRemove(topic, out _);
}
