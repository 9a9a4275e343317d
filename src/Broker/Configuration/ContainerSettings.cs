namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>
/// The settings of a broker in a container, as Apache Kafka's image takes them: those of a mounted server.properties, which may be absent,
/// and over them those of environment variables. <c>KAFKA_LOG_RETENTION_MS</c> is <c>log.retention.ms</c>; of several underscores, two
/// stand for one and three for a dash. KIP-975.
/// </summary>
public static class ContainerSettings
{
    /// <summary>Where the image has its volume.</summary>
    public const string DataFolder = "/var/lib/kafka/data";

    private const string Prefix = "KAFKA_";

    /// <summary>Variables of Kafka's start scripts, which name no setting.</summary>
    private static readonly HashSet<string> NoSettings = new(StringComparer.Ordinal)
    {
        "KAFKA_VERSION", "KAFKA_HEAP_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_OPTS", "KAFKA_JMX_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS",
        "KAFKA_GC_LOG_OPTS", "KAFKA_LOG4J_ROOT_LOGLEVEL", "KAFKA_LOG4J_LOGGERS", "KAFKA_TOOLS_LOG4J_LOGLEVEL", "KAFKA_JMX_HOSTNAME",
    };

    /// <param name="mounted">The server.properties; null for none.</param>
    /// <exception cref="StartupError">The file cannot be read, or is no server.properties.</exception>
    public static Dictionary<string, string> Properties(
        IDisk disk, string? mounted, IEnumerable<KeyValuePair<string, string>> environment)
    {
        // Where the file is missing on the host, what was mounted is a folder; that is refused and not passed over.
        var properties = mounted is not null && (disk.FileExists(mounted) || disk.DirectoryExists(mounted))
            ? ServerProperties.Load(disk, mounted)
            : new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in environment)
        {
            if (name.Length > Prefix.Length && name.StartsWith(Prefix, StringComparison.Ordinal) && !NoSettings.Contains(name))
                properties[SettingOf(name)] = value;
        }
        if (properties.Count == 0)
            properties = OfOneBroker();
        if (!properties.ContainsKey("log.dir"))
            properties.TryAdd("log.dirs", DataFolder);
        return properties;
    }

    private static string SettingOf(string variable) => variable[Prefix.Length..].ToLowerInvariant()
        .Replace("_", ".", StringComparison.Ordinal)
        .Replace("...", "-", StringComparison.Ordinal)
        .Replace("..", "_", StringComparison.Ordinal);

    /// <summary>With no setting at all: a broker alone, whose port is published on the machine that the container runs on.</summary>
    private static Dictionary<string, string> OfOneBroker()
    {
        var properties = LocalDefaults.Properties();
        properties["listeners"] = "PLAINTEXT://:9092";
        properties["advertised.listeners"] = "PLAINTEXT://localhost:9092";
        properties["log.dirs"] = DataFolder;
        return properties;
    }
}
