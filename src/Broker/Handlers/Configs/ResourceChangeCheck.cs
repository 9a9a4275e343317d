using System.Globalization;
using KafkaCompatBroker.Broker.Configuration.Changes;

namespace KafkaCompatBroker.Broker.Handlers.Configs;

/// <summary>What a change gives away by itself, before any setting is looked at, in Kafka's order and words. Pure.</summary>
internal static class ResourceChangeCheck
{
    /// <summary>Null when nothing is wrong so far.</summary>
    /// <param name="self">The one broker whose own settings and loggers can be changed here.</param>
    public static ResourceOutcome? Of(ResourceChange change, BrokerId self)
    {
        var operations = change.Operations;
        if (operations.Select(operation => operation.Name).Distinct(StringComparer.Ordinal).Count() < operations.Count)
            return ResourceOutcome.Invalid("Error due to duplicate config keys");
        var unset = operations.Where(operation => operation is { Kind: not ConfigOperationKind.Delete, Value: null });
        if (string.Join(", ", unset.Select(operation => operation.Name)) is { Length: > 0 } names)
            return ResourceOutcome.Invalid($"Null value not supported for : {names}");
        return change.Type switch
        {
            ConfigResources.BrokerLogger when !change.Replaces => NodeProblem(change.Name, self),
            ConfigResources.Broker => (change.Name.Length == 0 ? null : NodeProblem(change.Name, self)) ?? OperationProblem(operations),
            ConfigResources.Topic when change.Name.Length == 0 => ResourceOutcome.Invalid("Default topic resources are not allowed."),
            ConfigResources.Topic => OperationProblem(operations),
            ConfigResources.ClientMetrics => ResourceOutcome.Invalid(
                "AlterConfigs is only supported for topics and brokers, but resource type is CLIENT_METRICS"),
            _ => ResourceOutcome.Invalid($"Unknown resource type {change.Type}"),
        };
    }

    /// <summary>Java's Integer.parseInt takes a sign and leading zeros.</summary>
    private static ResourceOutcome? NodeProblem(string name, BrokerId self)
    {
        if (!int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id))
            return ResourceOutcome.Invalid($"Node id must be an integer, but it is: {name}");
        return id == self.Value ? null : ResourceOutcome.Invalid($"Unexpected broker id, expected {self}, but received {name}");
    }

    private static ResourceOutcome? OperationProblem(IReadOnlyList<ConfigOperation> operations)
    {
        foreach (var operation in operations)
        {
            if (operation.Kind is < ConfigOperationKind.Set or > ConfigOperationKind.Subtract)
                return ResourceOutcome.Invalid($"Unknown operations type {(sbyte)operation.Kind}");
        }
        return null;
    }
}
