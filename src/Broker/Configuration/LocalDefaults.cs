namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>
/// What holds when no server.properties is given: one broker for this machine's own use, reached only from it, with its data in the user's
/// data folder. Everything else keeps Kafka's defaults.
/// </summary>
public static class LocalDefaults
{
    public static Dictionary<string, string> Properties() => new(StringComparer.Ordinal)
    {
        ["broker.id"] = "0",
        ["listeners"] = "PLAINTEXT://127.0.0.1:9092",
        ["log.dirs"] = DataFolder(),
        ["offsets.topic.replication.factor"] = "1",
        ["transaction.state.log.replication.factor"] = "1",
        ["transaction.state.log.min.isr"] = "1",
        // There is no second consumer on its way to wait for.
        ["group.initial.rebalance.delay.ms"] = "0",
    };

    /// <summary><c>~/.local/share/kafka-compat-broker</c> on Linux; below the working folder for a user without a home.</summary>
    private static string DataFolder()
    {
        var userData = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return userData.Length == 0 ? "kafka-data" : $"{userData.Replace('\\', '/')}/kafka-compat-broker";
    }
}
