using KafkaCompatBroker.Broker.Configuration.Definitions;

namespace KafkaCompatBroker.Broker.Configuration.Changes;

/// <summary>What a change does to one setting, by the numbers of IncrementalAlterConfigs. KIP-339.</summary>
public enum ConfigOperationKind : sbyte
{
    Set = 0,
    Delete = 1,
    /// <summary>Adds the items to a list that are not in it.</summary>
    Append = 2,
    /// <summary>Takes the items out of a list.</summary>
    Subtract = 3,
}

/// <summary>One operation of a change; the value is null for Delete alone.</summary>
public readonly record struct ConfigOperation(string Name, ConfigOperationKind Kind, string? Value)
{
    /// <summary>The settings that an entity has once the operations are done, one after the other.</summary>
    /// <param name="stored">The settings that it has now.</param>
    /// <param name="find">A setting by its name; null for one that is not known.</param>
    /// <param name="problem">Why it cannot be done, in Kafka's words; null when it can.</param>
    public static Dictionary<string, string> Apply(
        IEnumerable<ConfigOperation> operations, IReadOnlyDictionary<string, string> stored, Func<string, ConfigKey?> find,
        out string? problem)
    {
        var settings = new Dictionary<string, string>(stored, StringComparer.Ordinal);
        problem = null;
        foreach (var operation in operations)
        {
            switch (operation.Kind)
            {
                case ConfigOperationKind.Set:
                    settings[operation.Name] = operation.Value!;
                    break;
                case ConfigOperationKind.Delete:
                    settings.Remove(operation.Name);
                    break;
                default:
                    var key = find(operation.Name);
                    problem ??= key is { Type: ConfigType.List } ? null : operation.RefusedFor(key);
                    if (problem is null)
                        settings[operation.Name] = operation.OnList(
                            settings.GetValueOrDefault(operation.Name) ?? ConfigKey.Format(key!.Default) ?? "");
                    break;
            }
        }
        return settings;
    }

    private string RefusedFor(ConfigKey? key) => key is null
        ? $"Unknown config name: {Name}"
        : $"Config value {Kind.ToString().ToLowerInvariant()} is not allowed for config key: {Name}";

    private string OnList(string items)
    {
        var before = items.Length == 0 ? [] : items.Split(',');
        var named = Value!.Split(',');
        return string.Join(',', Kind == ConfigOperationKind.Append
            ? [.. before, .. named.Except(before, StringComparer.Ordinal)]
            : before.Except(named, StringComparer.Ordinal));
    }
}
