using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>Whether a client may give a topic these settings: CreateTopics now, and every other request that changes them.</summary>
public static class TopicConfigCheck
{
    /// <summary>What is wrong with the settings, in Kafka's words; null when nothing is. The check stops at the first fault.</summary>
    public static string? Problem(BrokerConfig broker, IReadOnlyDictionary<string, string> settings)
    {
        foreach (var name in settings.Keys)
        {
            if (ConfigTable.Topic.Find(name) is null)
                return $"Unknown topic config name: {name}";
        }
        try
        {
            foreach (var key in ConfigTable.Topic.Keys)
            {
                if (settings.TryGetValue(key.Name, out var text))
                    key.Parse(text);
            }
        }
        catch (InvalidConfig invalid)
        {
            return invalid.Message;
        }
        return ProblemTogether(new TopicConfig(broker, settings), settings);
    }

    private static string? ProblemTogether(TopicConfig config, IReadOnlyDictionary<string, string> settings)
    {
        var (lowestLagMs, highestLagMs) = ((long)config.Value("min.compaction.lag.ms")!, (long)config.Value("max.compaction.lag.ms")!);
        if (lowestLagMs > highestLagMs)
            return $"conflict topic config setting min.compaction.lag.ms ({lowestLagMs}) > max.compaction.lag.ms ({highestLagMs})";
        if ((bool)config.Value("remote.storage.enable")!)
            return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.";
        if (settings.ContainsKey("remote.log.copy.disable") || settings.ContainsKey("remote.log.delete.on.disable"))
            return "It is invalid to set `remote.log.delete.on.disable` or `remote.log.copy.disable` under Zookeeper's mode.";
        return null;
    }
}
