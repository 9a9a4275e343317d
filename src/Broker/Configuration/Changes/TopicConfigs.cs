using System.Collections.Concurrent;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Broker.Configuration.Changes;

/// <summary>
/// What is known of topics' own settings, as their logs want them. Filled before logs are loaded, before a new partition's log is made, and
/// by each change that is announced, of a topic's settings or of the broker's that stand in for them. Read from anywhere.
/// </summary>
public sealed class TopicConfigs
{
    private readonly DynamicBrokerConfig broker;
    private readonly TopicStore store;
    private readonly ILog log;
    private readonly ConcurrentDictionary<string, Known> known = new(StringComparer.Ordinal);
    private volatile Known withoutOwn;

    public TopicConfigs(DynamicBrokerConfig broker, TopicStore store, ILog log)
    {
        (this.broker, this.store, this.log) = (broker, store, log);
        withoutOwn = From(broker.Current, new Dictionary<string, string>());
    }

    /// <summary>The topic's settings; the broker's where the topic has none.</summary>
    public LogConfig Of(string topic) => known.GetValueOrDefault(topic, withoutOwn).Config;

    /// <summary>Takes a topic's stored settings, complete.</summary>
    public LogConfig Put(string topic, IReadOnlyDictionary<string, string> stored)
    {
        foreach (var line in new TopicConfig(broker.Current, stored).PassedOver)
            log.Warn("config", $"topic={topic} {line}");
        while (true)
        {
            var current = broker.Current;
            var put = known[topic] = From(current, stored);
            // The broker's settings may have changed meanwhile, and been renewed before this was put.
            if (ReferenceEquals(current, broker.Current))
                return put.Config;
        }
    }

    /// <summary>Takes over what the broker's settings are now, for all topics.</summary>
    public void Renew()
    {
        withoutOwn = From(broker.Current, withoutOwn.Stored);
        foreach (var topic in known.Keys)
        {
            // A change of the topic's own settings that comes meanwhile is made from the broker's newest as well.
            if (known.TryGetValue(topic, out var before))
                known.TryUpdate(topic, From(broker.Current, before.Stored), before);
        }
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

    private static Known From(BrokerConfig broker, IReadOnlyDictionary<string, string> stored)
        => new(stored, new TopicConfig(broker, stored).ToLogConfig());

    private sealed record Known(IReadOnlyDictionary<string, string> Stored, LogConfig Config);
}
