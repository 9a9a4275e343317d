using System.Globalization;

namespace KafkaCompatBroker.Broker.Configuration.Definitions;

/// <summary>The types of settings, by the numbers that DescribeConfigs gives them.</summary>
public enum ConfigType
{
    /// <summary>Of a setting that is not in the table: it may be a secret.</summary>
    Unknown = 0,
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
    Class = 8,
    Password = 9,
}

public enum ConfigImportance
{
    High,
    Medium,
    Low,
}

/// <summary>Whether a broker setting can change while the broker runs. KIP-226.</summary>
public enum ConfigUpdateMode
{
    ReadOnly,
    PerBroker,
    ClusterWide,
}

/// <summary>What this broker makes of a setting.</summary>
public enum ConfigSupport
{
    /// <summary>Known and checked, without effect so far; another value than the default is warned of.</summary>
    NotYet,
    Acts,
    /// <summary>Tunes what this broker does not have, such as a thread pool: any value is right.</summary>
    NotNeeded,
    /// <summary>Another value than the default would promise what is not built, so it stops the start.</summary>
    Refused,
}

/// <summary>
/// One row of a settings table, under Kafka's name. Parsing, validation, CONFIG.md and the answers of the admin requests derive from it.
/// Immutable: the methods that read like adjectives return a changed row.
/// </summary>
/// <param name="Default">Boxed by <paramref name="Type"/>: bool, string, int, short, long, double or string[]; null is "not set".</param>
public sealed record ConfigKey(string Name, ConfigType Type, object? Default, ConfigImportance Importance)
{
    public ConfigValidator? Validator { get; private init; }
    public ConfigUpdateMode UpdateMode { get; private init; }
    public ConfigSupport Support { get; private init; }
    /// <summary>Why the value is refused, as the end of a sentence; null unless <see cref="ConfigSupport.Refused"/>.</summary>
    public string? RefusedBecause { get; private init; }
    /// <summary>
    /// What this broker goes by while the setting is not given, where that is not Kafka's default, which is described all the same. Null
    /// where the default acts.
    /// </summary>
    public object? WhenNotGiven { get; private init; }
    /// <summary>Kafka does not document it and leaves it out of DescribeConfigs.</summary>
    public bool IsInternal { get; private init; }
    /// <summary>It is this broker's or a later Kafka's, and none of 3.9; left out of DescribeConfigs too.</summary>
    public bool IsOwn { get; private init; }
    /// <summary>For a topic setting: the broker settings that stand in for it, the first that is set wins.</summary>
    public IReadOnlyList<BrokerSynonym> Synonyms { get; private init; } = [];

    /// <summary>Never printed, logged or described.</summary>
    public bool IsSensitive => Type is ConfigType.Password or ConfigType.Unknown;

    public static ConfigKey Boolean(string name, bool? value, ConfigImportance importance)
        => new(name, ConfigType.Boolean, value, importance);
    public static ConfigKey String(string name, string? value, ConfigImportance importance)
        => new(name, ConfigType.String, value, importance);
    public static ConfigKey Int(string name, int? value, ConfigImportance importance) => new(name, ConfigType.Int, value, importance);
    public static ConfigKey Short(string name, short? value, ConfigImportance importance) => new(name, ConfigType.Short, value, importance);
    public static ConfigKey Long(string name, long? value, ConfigImportance importance) => new(name, ConfigType.Long, value, importance);
    public static ConfigKey Double(string name, double? value, ConfigImportance importance)
        => new(name, ConfigType.Double, value, importance);
    public static ConfigKey List(string name, string[]? value, ConfigImportance importance)
        => new(name, ConfigType.List, value, importance);
    public static ConfigKey Class(string name, string? value, ConfigImportance importance)
        => new(name, ConfigType.Class, value, importance);
    public static ConfigKey Password(string name, ConfigImportance importance) => new(name, ConfigType.Password, null, importance);
    /// <summary>A setting that is not in the tables: Kafka takes them for those of plug-ins.</summary>
    public static ConfigKey Custom(string name) => new(name, ConfigType.Unknown, null, ConfigImportance.Low);

    public ConfigKey AtLeast(double lowest) => this with { Validator = new ConfigValidator.Range(lowest, null) };
    public ConfigKey Between(double lowest, double highest) => this with { Validator = new ConfigValidator.Range(lowest, highest) };
    public ConfigKey BetweenOr(double lowest, double? highest, double special)
        => this with { Validator = new ConfigValidator.RangeOr(lowest, highest, special) };
    public ConfigKey OneOf(params string[] allowed) => this with { Validator = new ConfigValidator.OneOf(allowed, IgnoresCase: false) };
    public ConfigKey OneOfIgnoringCase(params string[] allowed)
        => this with { Validator = new ConfigValidator.OneOf(allowed, IgnoresCase: true) };
    public ConfigKey VersionOf(IReadOnlyList<string> known) => this with { Validator = new ConfigValidator.KafkaVersion(known) };
    public ConfigKey NotNull() => this with { Validator = new ConfigValidator.NotNull() };
    public ConfigKey NotEmpty() => this with { Validator = new ConfigValidator.NotEmpty(Type == ConfigType.List ? "list" : "string") };
    public ConfigKey ThrottledReplicas() => this with { Validator = new ConfigValidator.ThrottledReplicas() };

    public ConfigKey PerBroker() => this with { UpdateMode = ConfigUpdateMode.PerBroker };
    public ConfigKey ClusterWide() => this with { UpdateMode = ConfigUpdateMode.ClusterWide };
    public ConfigKey Internal() => this with { IsInternal = true };
    public ConfigKey Own() => this with { IsOwn = true, IsInternal = true };

    public ConfigKey Acts() => this with { Support = ConfigSupport.Acts };
    public ConfigKey ActsAs(object whenNotGiven) => Acts() with { WhenNotGiven = whenNotGiven };
    public ConfigKey NotNeeded() => this with { Support = ConfigSupport.NotNeeded };
    public ConfigKey Refused(string because) => this with { Support = ConfigSupport.Refused, RefusedBecause = because };

    public ConfigKey FallsBackTo(string brokerKey) => this with { Synonyms = [.. Synonyms, new BrokerSynonym(brokerKey, 1)] };
    public ConfigKey FallsBackToMinutes(string brokerKey) => this with { Synonyms = [.. Synonyms, new BrokerSynonym(brokerKey, 60_000)] };
    public ConfigKey FallsBackToHours(string brokerKey) => this with { Synonyms = [.. Synonyms, new BrokerSynonym(brokerKey, 3_600_000)] };

    /// <summary>The value that a text stands for, boxed by <see cref="Type"/>.</summary>
    /// <exception cref="InvalidConfig">The text is not of the type, or the validator refuses it.</exception>
    public object? Parse(string? text)
    {
        var value = text is null ? null : ConfigText.Parse(this, text);
        Validator?.Check(this, value);
        return value;
    }

    /// <summary>The text for a value of this setting, as Kafka writes it in DescribeConfigs; null for an unset one.</summary>
    public static string? Format(object? value) => value switch
    {
        null => null,
        bool flag => flag ? "true" : "false",
        string[] items => string.Join(',', items),
        double number => ConfigText.FormatDouble(number),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };

    /// <summary>What a log line or an error may show of a value.</summary>
    public string Show(object? value) => IsSensitive ? "[hidden]" : Format(value) ?? "null";
}

/// <summary>A broker setting that stands in for a topic setting, and how many of the topic's units one of its own is.</summary>
public readonly record struct BrokerSynonym(string BrokerKey, long Factor);

/// <summary>A setting has a value that it cannot have; the message names key, value and what is allowed, in Kafka's form.</summary>
public sealed class InvalidConfig : Exception
{
    public InvalidConfig(string message) : base(message)
    {
    }

    public InvalidConfig(ConfigKey key, object? value, string allowed)
        : base($"Invalid value {key.Show(value)} for configuration {key.Name}: {allowed}")
    {
    }
}
