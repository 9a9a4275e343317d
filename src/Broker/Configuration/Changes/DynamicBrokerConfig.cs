using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;

namespace KafkaCompatBroker.Broker.Configuration.Changes;

/// <summary>
/// The broker's settings as they act now: those of the start, with those over them that were changed since, for all brokers and for this
/// one. KIP-226. The one place where a change is published: who reads a setting that can change reads <see cref="Current"/> each time, and
/// who has to act on a change is told. Read from anywhere; changed on one loop, which is the coordination loop once the broker runs.
/// </summary>
public sealed class DynamicBrokerConfig
{
    private readonly BrokerConfig given;
    private readonly ILog log;
    private readonly List<Action<BrokerConfig, BrokerConfig>> listeners = [];
    private volatile BrokerConfig current;

    /// <param name="given">The settings of the start.</param>
    public DynamicBrokerConfig(BrokerConfig given, ILog log)
    {
        (this.given, this.log) = (given, log);
        current = given;
    }

    public BrokerConfig Current => current;

    /// <summary>Has who acts on changes told of each, with the settings before and after it. Before the broker runs.</summary>
    public void OnChange(Action<BrokerConfig, BrokerConfig> changed) => listeners.Add(changed);

    /// <summary>Takes this broker's own stored settings, complete.</summary>
    public void UpdateBroker(IReadOnlyDictionary<string, string> stored)
        => Update("this broker", Valid(stored, isOfBroker: true), current.Texts(ConfigSource.DynamicDefaultBrokerConfig));

    /// <summary>Takes the stored settings of all brokers, complete.</summary>
    public void UpdateAllBrokers(IReadOnlyDictionary<string, string> stored)
        => Update("all brokers", current.Texts(ConfigSource.DynamicBrokerConfig), Valid(stored, isOfBroker: false));

    private Dictionary<string, string> Valid(IReadOnlyDictionary<string, string> stored, bool isOfBroker)
        => DynamicConfigCheck.Valid(stored, isOfBroker, problem => log.Warn("config", $"stored setting passed over: {problem}"));

    private void Update(string whose, IReadOnlyDictionary<string, string> ofBroker, IReadOnlyDictionary<string, string> ofAllBrokers)
    {
        var before = current;
        BrokerConfig next;
        try
        {
            next = given.With(ofBroker, ofAllBrokers);
        }
        catch (Exception error) when (error is InvalidConfig or ListenerConfigError)
        {
            log.Error("config", $"the stored settings of {whose} are not taken: {error.Message}");
            return;
        }
        var names = ofBroker.Keys.Concat(ofAllBrokers.Keys)
            .Concat(before.Texts(ConfigSource.DynamicBrokerConfig).Keys).Concat(before.Texts(ConfigSource.DynamicDefaultBrokerConfig).Keys)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var changes = names.Where(name => before.TextOf(name) != next.TextOf(name)).ToArray();
        current = next;
        foreach (var name in changes)
            Report(name, next);
        if (changes.Length == 0)
            return;
        foreach (var changed in listeners)
            changed(before, next);
    }

    private void Report(string name, BrokerConfig next)
    {
        var shown = ConfigTable.FindOfBroker(name) is { IsSensitive: false } ? next.TextOf(name) ?? "unset" : "[hidden]";
        log.Info("config", $"changed {name}={shown}");
        if (next.TextOf(name) is { } text && DynamicConfigCheck.WithoutEffect(name, text) is { } problem)
            log.Warn("config", problem);
    }
}
