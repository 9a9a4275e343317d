namespace KafkaCompatBroker.CompatTests.KafkaJs;

/// <summary><c>driver.js</c> on Node.</summary>
internal sealed class KafkaJsDriver : IDriver
{
    /// <summary>What kafkajs has of itself; the other codecs are plug-ins of other authors.</summary>
    public IReadOnlyList<string> Codecs { get; } = ["none", "gzip"];

    public Tool Produce(string bootstrapServers, IReadOnlyDictionary<string, string> topicsByCodec, int partitions, int from, int to)
        => Run("produce", bootstrapServers, Pairs(topicsByCodec), $"{partitions}", $"{from}", $"{to}");

    public Tool Verify(string bootstrapServers, IReadOnlyDictionary<string, string> topicsByCodec, int partitions, int to)
        => Run("verify", bootstrapServers, Pairs(topicsByCodec), $"{partitions}", $"{to}");

    public Tool Member(string bootstrapServers, string topic, string groupId) => Run("member", bootstrapServers, topic, groupId);

    private static string Pairs(IReadOnlyDictionary<string, string> topicsByCodec)
        => string.Join(',', topicsByCodec.Select(topic => $"{topic.Key}={topic.Value}"));

    private static Tool Run(params string[] arguments) => new("node", [Repository.At("compat-tests/kafkajs/driver.js"), .. arguments]);
}
