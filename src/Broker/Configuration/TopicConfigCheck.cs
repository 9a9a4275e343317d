using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>What is wrong with a topic's settings, in Kafka's words.</summary>
/// <param name="IsOfValue">
/// Whether a value is not allowed by itself. Kafka says so with another exception, which AlterConfigs wraps in more words.
/// </param>
public sealed record TopicConfigProblem(string Message, bool IsOfValue);

/// <summary>Whether a client may give a topic these settings: CreateTopics, and each request that changes them.</summary>
public static class TopicConfigCheck
{
    /// <summary>What is wrong with the settings; null when nothing is. The check stops at the first fault.</summary>
    public static TopicConfigProblem? Problem(BrokerConfig broker, IReadOnlyDictionary<string, string> settings)
    {
        foreach (var name in settings.Keys)
        {
            if (ConfigTable.Topic.Find(name) is null)
                return new($"Unknown topic config name: {name}", IsOfValue: false);
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
            return new(invalid.Message, IsOfValue: true);
        }
        return ProblemTogether(new TopicConfig(broker, settings), settings);
    }

    private static TopicConfigProblem? ProblemTogether(TopicConfig config, IReadOnlyDictionary<string, string> settings)
    {
        var (lowestLagMs, highestLagMs) = ((long)config.Value("min.compaction.lag.ms")!, (long)config.Value("max.compaction.lag.ms")!);
        if (lowestLagMs > highestLagMs)
            return new(
                $"conflict topic config setting min.compaction.lag.ms ({lowestLagMs}) > max.compaction.lag.ms ({highestLagMs})",
                IsOfValue: false);
        if ((bool)config.Value("remote.storage.enable")!)
            return new(
                "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.",
                IsOfValue: true);
        if (settings.ContainsKey("remote.log.copy.disable") || settings.ContainsKey("remote.log.delete.on.disable"))
            return new(
                "It is invalid to set `remote.log.delete.on.disable` or `remote.log.copy.disable` under Zookeeper's mode.",
                IsOfValue: false);
        return null;
    }
}
