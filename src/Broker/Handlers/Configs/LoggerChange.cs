using KafkaCompatBroker.Broker.Configuration.Changes;

namespace KafkaCompatBroker.Broker.Handlers.Configs;

/// <summary>Changes of the levels of the broker's loggers. They last as long as the process. KIP-412.</summary>
internal static class LoggerChange
{
    /// <summary>By what Kafka calls them; this broker writes nothing below Debug.</summary>
    private static readonly SortedDictionary<string, LogLevel> LevelsByName = new(StringComparer.Ordinal)
    {
        ["DEBUG"] = LogLevel.Debug,
        ["ERROR"] = LogLevel.Error,
        ["FATAL"] = LogLevel.Fatal,
        ["INFO"] = LogLevel.Info,
        ["TRACE"] = LogLevel.Debug,
        ["WARN"] = LogLevel.Warn,
    };

    /// <summary>What is wrong with the change; null when it can be applied.</summary>
    public static ResourceOutcome? Problem(IReadOnlyList<ConfigOperation> operations)
    {
        foreach (var operation in operations)
        {
            if (operation.Kind is not (ConfigOperationKind.Set or ConfigOperationKind.Delete))
                return ResourceOutcome.Invalid($"{NameOf(operation.Kind)} operation is not allowed for the BROKER_LOGGER resource");
            if (operation.Name != LogLevels.Root && !LogSources.All.Contains(operation.Name))
                return new(KafkaError.InvalidConfig, $"Logger {operation.Name} does not exist!");
            if (operation.Kind == ConfigOperationKind.Set && !LevelsByName.ContainsKey(operation.Value!))
                return new(
                    KafkaError.InvalidConfig,
                    $"Cannot set the log level of {operation.Name} to {operation.Value} as it is not a supported log level. "
                    + $"Valid log levels are {string.Join(", ", LevelsByName.Keys)}");
            if (operation is { Kind: ConfigOperationKind.Delete, Name: LogLevels.Root })
                return ResourceOutcome.Invalid("Removing the log level of the root logger is not allowed");
        }
        return null;
    }

    public static void Apply(IReadOnlyList<ConfigOperation> operations, LogLevels levels)
    {
        foreach (var operation in operations)
        {
            if (operation.Kind == ConfigOperationKind.Set)
                levels.Set(operation.Name, LevelsByName[operation.Value!]);
            else
                levels.Clear(operation.Name);
        }
    }

    private static string NameOf(ConfigOperationKind kind)
        => Enum.IsDefined(kind) ? kind.ToString().ToUpperInvariant() : $"Unknown {(sbyte)kind}";
}
