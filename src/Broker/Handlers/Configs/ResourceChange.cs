using KafkaCompatBroker.Broker.Configuration.Changes;

namespace KafkaCompatBroker.Broker.Handlers.Configs;

/// <summary>What AlterConfigs and IncrementalAlterConfigs ask for one resource.</summary>
/// <param name="Operations">As they were asked for; those of AlterConfigs are all Set.</param>
/// <param name="Replaces">Whether settings that are not named go, which is how AlterConfigs has it.</param>
internal sealed record ResourceChange(sbyte Type, string Name, IReadOnlyList<ConfigOperation> Operations, bool Replaces);

/// <summary>What came of it.</summary>
/// <param name="Message">Null where nothing is wrong.</param>
internal readonly record struct ResourceOutcome(KafkaError Error, string? Message)
{
    public static ResourceOutcome Invalid(string message) => new(KafkaError.InvalidRequest, message);
}
