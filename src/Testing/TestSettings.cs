using System.Globalization;
using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Testing;

/// <summary>What brokers in a test's process have in place of Kafka's defaults, unless the test says otherwise.</summary>
internal static class TestSettings
{
    /// <param name="dataFolder">The only log dir.</param>
    /// <param name="port">On loopback; 0 for a free one.</param>
    public static Dictionary<string, string> Of(string dataFolder, int port)
    {
        var properties = LocalDefaults.Properties();
        properties["listeners"] = string.Create(CultureInfo.InvariantCulture, $"PLAINTEXT://127.0.0.1:{port}");
        properties["log.dirs"] = dataFolder;
        properties["offsets.topic.num.partitions"] = "4";
        properties["group.min.session.timeout.ms"] = "100";
        return properties;
    }

    public static void Put(this Dictionary<string, string> properties, IReadOnlyDictionary<string, string> others)
    {
        foreach (var (key, value) in others)
            properties[key] = value;
    }

    /// <summary>A folder that does not exist.</summary>
    public static string TemporaryFolder(Random random) => Path.Combine(Path.GetTempPath(), $"kafka-{random.NextInt64():x16}");
}
