using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>
/// A setting as DescribeConfigs reports it: its value, and every value that it would fall back to, best first. A secret's text is null
/// everywhere.
/// </summary>
public sealed record ConfigEntry(ConfigKey Key, string? Text, bool IsReadOnly, IReadOnlyList<ConfigSynonym> Synonyms)
{
    // One broker setting in several units, the finer one first. Each of them has all of them as its synonyms.
    private static readonly string[][] SameInOtherUnits =
    [
        ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
        ["log.roll.ms", "log.roll.hours"],
        ["log.roll.jitter.ms", "log.roll.jitter.hours"],
    ];

    /// <summary>Where the value that acts comes from.</summary>
    public ConfigSource Source => Synonyms.Count == 0 ? ConfigSource.DefaultConfig : Synonyms[0].Source;

    public static IEnumerable<ConfigEntry> OfBroker(BrokerConfig broker)
        => ConfigTable.Broker.Listed
            .Select(key => new ConfigEntry(
                key, TextOf(key, broker.Value(key.Name)), key.UpdateMode == ConfigUpdateMode.ReadOnly,
                Fallbacks(broker, key.Name, NamesFor(key.Name))));

    public static IEnumerable<ConfigEntry> OfTopic(BrokerConfig broker, TopicConfig topic)
        => ConfigTable.Topic.Listed.Select(key => OfTopic(broker, topic, key));

    private static ConfigEntry OfTopic(BrokerConfig broker, TopicConfig topic, ConfigKey key)
    {
        var text = TextOf(key, topic.Value(key.Name));
        var fallbacks = Fallbacks(
            broker, key.Synonyms.Select(synonym => synonym.BrokerKey).FirstOrDefault(),
            [.. key.Synonyms.Select(synonym => synonym.BrokerKey)]);
        return new ConfigEntry(key, text, IsReadOnly: false, topic.Source(key.Name) == ConfigSource.DynamicTopicConfig
            ? [new ConfigSynonym(key.Name, text, ConfigSource.DynamicTopicConfig), .. fallbacks]
            : fallbacks);
    }

    private static string[] NamesFor(string name)
        => name == "log.flush.interval.ms"
            ? [name, "log.flush.scheduler.interval.ms"]
            : Array.Find(SameInOtherUnits, names => names.Contains(name)) ?? [name];

    /// <summary>
    /// What is given for any of the names, then their defaults; but only from the setting's own name on. So log.retention.ms names the
    /// default of log.retention.hours when it is given itself, and nothing at all when only log.retention.hours is.
    /// </summary>
    private static List<ConfigSynonym> Fallbacks(BrokerConfig broker, string? name, string[] names)
    {
        var fallbacks = new List<ConfigSynonym>();
        foreach (var given in names.Where(broker.IsSet))
            fallbacks.Add(new ConfigSynonym(given, TextOf(Find(given), broker.Value(given)), ConfigSource.StaticBrokerConfig));
        foreach (var key in names.Select(Find).Where(key => key.Default is not null))
            fallbacks.Add(new ConfigSynonym(key.Name, TextOf(key, key.Default), ConfigSource.DefaultConfig));
        return [.. fallbacks.SkipWhile(fallback => fallback.Name != name)];
    }

    private static ConfigKey Find(string name)
    {
        var key = ConfigTable.Broker.Find(name);
        Invariant.Holds(key is not null);
        return key;
    }

    private static string? TextOf(ConfigKey key, object? value) => key.IsSensitive ? null : ConfigKey.Format(value);
}

/// <summary>A value that a setting has, or would have were those before it not there, and the name that it is given under.</summary>
public readonly record struct ConfigSynonym(string Name, string? Text, ConfigSource Source);
