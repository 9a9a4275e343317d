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
    {
        var others = broker.Layers.SelectMany(layer => layer.Texts.Keys).Where(name => ConfigTable.Broker.Find(name) is null)
            .Distinct(StringComparer.Ordinal).Select(Find).ToArray();
        var keys = others.Length == 0
            ? ConfigTable.Broker.Listed
            : ListingOrder.Of([.. ConfigTable.Broker.Listed, .. others], key => key.Name);
        return keys.Select(key => new ConfigEntry(
            key, ConfigTable.Broker.Find(key.Name) is null ? Shown(key, broker.TextOf(key.Name)) : TextOf(key, broker.Value(key.Name)),
            IsReadOnlyInBroker(key), Fallbacks(broker, key.Name, NamesFor(key.Name))));
    }

    /// <summary>What all brokers were given at run time, and nothing else.</summary>
    public static IEnumerable<ConfigEntry> OfAllBrokers(BrokerConfig broker)
    {
        const ConfigSource source = ConfigSource.DynamicDefaultBrokerConfig;
        var texts = broker.Texts(source);
        return ListingOrder.Of([.. texts.Keys.Select(Find)], key => key.Name).Select(key => new ConfigEntry(
            key, Shown(key, texts[key.Name]), IsReadOnlyInBroker(key),
            [.. Fallbacks(broker, key.Name, NamesFor(key.Name)).Where(fallback => fallback.Source == source)]));
    }

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

    /// <summary>Kafka takes a broker's setting that it does not find among those that can change for one that cannot.</summary>
    private static bool IsReadOnlyInBroker(ConfigKey key)
        => ConfigTable.Broker.Find(key.Name) is null or { UpdateMode: ConfigUpdateMode.ReadOnly };

    private static string[] NamesFor(string name)
    {
        if (name == "log.flush.interval.ms")
            return [name, "log.flush.scheduler.interval.ms"];
        if (ListenerPrefix.BaseOf(name) is { } known)
            return [name, known];
        return Array.Find(SameInOtherUnits, names => names.Contains(name)) ?? [name];
    }

    /// <summary>
    /// What is given for any of the names, then their defaults; but only from the setting's own name on. So log.retention.ms names the
    /// default of log.retention.hours when it is given itself, and nothing at all when only log.retention.hours is.
    /// </summary>
    private static List<ConfigSynonym> Fallbacks(BrokerConfig broker, string? name, string[] names)
    {
        var fallbacks = new List<ConfigSynonym>();
        foreach (var layer in broker.Layers)
        {
            foreach (var given in names.Where(layer.Texts.ContainsKey))
                fallbacks.Add(new ConfigSynonym(given, Shown(Find(given), layer.Texts[given]), layer.Source));
        }
        foreach (var key in names.Select(ConfigTable.Broker.Find).OfType<ConfigKey>().Where(key => key.Default is not null))
            fallbacks.Add(new ConfigSynonym(key.Name, TextOf(key, key.Default), ConfigSource.DefaultConfig));
        return [.. fallbacks.SkipWhile(fallback => fallback.Name != name)];
    }

    private static ConfigKey Find(string name) => ConfigTable.FindOfBroker(name) ?? ConfigKey.Custom(name);

    private static string? TextOf(ConfigKey key, object? value) => Shown(key, ConfigKey.Format(value));

    private static string? Shown(ConfigKey key, string? text) => key.IsSensitive ? null : text;
}

/// <summary>A value that a setting has, or would have were those before it not there, and the name that it is given under.</summary>
public readonly record struct ConfigSynonym(string Name, string? Text, ConfigSource Source);
