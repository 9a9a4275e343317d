using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;

namespace KafkaCompatBroker.Broker.Configuration.Changes;

/// <summary>
/// Which settings a running broker takes: its own (<c>/config/brokers/ID</c>) and those of all brokers. Kafka's DynamicBrokerConfig, with
/// its words; and what this broker cannot make act is refused, because a setting that is stored and does nothing deceives. Pure.
/// </summary>
public static class DynamicConfigCheck
{
    /// <summary>Key stores are settings of one listener. Kafka's SslConfigs.RECONFIGURABLE_CONFIGS.</summary>
    private static readonly string[] PerListenerOnly =
    [
        "ssl.key.password", "ssl.keystore.certificate.chain", "ssl.keystore.key", "ssl.keystore.location", "ssl.keystore.password",
        "ssl.keystore.type", "ssl.truststore.certificates", "ssl.truststore.location", "ssl.truststore.password", "ssl.truststore.type",
    ];

    /// <summary>What may be set for a listener on all brokers at once.</summary>
    private static readonly string[] OfListenersEverywhere = ["max.connections", "max.connection.creation.rate", "num.network.threads"];

    /// <summary>
    /// Whether these may be the dynamic settings, complete, of this broker or of all brokers; what is wrong otherwise, in Kafka's words.
    /// </summary>
    /// <param name="current">What acts now.</param>
    /// <param name="isOfBroker">Whether they are this broker's own.</param>
    public static string? Problem(BrokerConfig current, IReadOnlyDictionary<string, string> settings, bool isOfBroker)
    {
        if (Problem(settings, isOfBroker) is { } problem)
            return problem;
        try
        {
            var next = current.With(
                isOfBroker ? settings : current.Texts(ConfigSource.DynamicBrokerConfig),
                isOfBroker ? current.Texts(ConfigSource.DynamicDefaultBrokerConfig) : settings);
            return ThreadCounts.Problem(current, next) ?? ConnectionsProblem(next);
        }
        catch (Exception error) when (error is InvalidConfig or ListenerConfigError)
        {
            return error.Message;
        }
    }

    /// <summary>
    /// Those of stored settings that can be taken. Another version may have written the others; each is told, as Kafka logs them.
    /// </summary>
    public static Dictionary<string, string> Valid(IReadOnlyDictionary<string, string> stored, bool isOfBroker, Action<string> passedOver)
    {
        var valid = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, text) in stored)
        {
            if (Problem(new Dictionary<string, string> { [name] = text }, isOfBroker) is { } problem)
                passedOver(problem);
            else
                valid.Add(name, text);
        }
        return valid;
    }

    /// <summary>The first of the settings that are new and would do nothing here; null without one. Those of plug-ins pass.</summary>
    public static string? WithoutEffect(BrokerConfig current, IReadOnlyDictionary<string, string> settings)
    {
        foreach (var (name, text) in settings)
        {
            if (ConfigTable.FindOfBroker(name) is not null && current.TextOf(name) != text && WithoutEffect(name, text) is { } problem)
                return problem;
        }
        return null;
    }

    /// <summary>Whether a secret is among the settings.</summary>
    public static bool HoldSecret(IReadOnlyDictionary<string, string> settings)
        => settings.Keys.Any(name => ConfigTable.FindOfBroker(name) is { Type: ConfigType.Password });

    /// <summary>Why a setting that has a value has no effect here; null when it has, or when the value is the default.</summary>
    public static string? WithoutEffect(string name, string text)
    {
        if (ConfigTable.FindOfBroker(name) is not { } key)
            return $"{name} is not a setting that this broker knows; it has no effect";
        if (ListenerPrefix.BaseOf(name) is not null)
            return $"{name} has no effect in this broker yet";
        var isInert = key.Support is ConfigSupport.NotYet or ConfigSupport.Refused;
        return isInert && ConfigKey.Format(key.Parse(text)) != ConfigKey.Format(key.Default)
            ? $"{name}={key.Show(text)} has no effect in this broker yet"
            : null;
    }

    private static string? Problem(IReadOnlyDictionary<string, string> settings, bool isOfBroker)
    {
        if (Among(settings, name => ConfigTable.Broker.Find(name) is { UpdateMode: ConfigUpdateMode.ReadOnly }) is { } readOnly)
            return $"Cannot update these configs dynamically: Set({readOnly})";
        if (Among(settings, name => PerListenerOnly.Contains(name)) is { } ofListeners)
            return $"These security configs can be dynamically updated only per-listener using the listener prefix: HashSet({ofListeners})";
        try
        {
            foreach (var (name, text) in settings)
                ConfigTable.FindOfBroker(name)?.Parse(text);
        }
        catch (InvalidConfig invalid)
        {
            return invalid.Message;
        }
        return !isOfBroker && Among(settings, IsOfOneBroker) is { } ofOne
            ? $"Cannot update these configs at default cluster level, broker id must be specified: Set({ofOne})"
            : null;
    }

    /// <summary>A broker that takes no connection could not be told to take some again.</summary>
    private static string? ConnectionsProblem(BrokerConfig next)
        => NoneTaken("max.connections", next.MaxConnections) ?? NoneTaken("max.connection.creation.rate", next.MaxConnectionCreationRate);

    private static string? NoneTaken(string setting, int count) => count > 0
        ? null
        : $"Invalid value org.apache.kafka.common.config.ConfigException: Invalid {setting} {count} for configuration "
            + "Invalid dynamic configuration";

    private static bool IsOfOneBroker(string name) => ListenerPrefix.BaseOf(name) is { } known
        ? !OfListenersEverywhere.Contains(known)
        : ConfigTable.Broker.Find(name) is { UpdateMode: ConfigUpdateMode.PerBroker };

    private static string? Among(IReadOnlyDictionary<string, string> settings, Func<string, bool> condition)
        => string.Join(", ", settings.Keys.Where(condition).Order(StringComparer.Ordinal)) is { Length: > 0 } names ? names : null;
}
