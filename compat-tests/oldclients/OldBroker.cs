using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.OldClients;

/// <summary>A real Kafka 0.8 or 0.10 on a data folder, with broker id 0.</summary>
internal sealed class OldBroker(string release, int port, string dataFolder, string zooKeeper) : IDisposable
{
    private Tool? process;

    public async Task Start()
    {
        Directory.CreateDirectory(dataFolder);
        var properties = Path.Combine(dataFolder, "..", $"old-{release}.properties");
        await File.WriteAllLinesAsync(properties,
        [
            "broker.id=0", $"port={port}", "host.name=127.0.0.1", $"log.dirs={dataFolder}", $"zookeeper.connect={zooKeeper}",
            "log.segment.bytes=20000", "log.index.interval.bytes=500", "num.partitions=1", "default.replication.factor=1",
            "offsets.topic.replication.factor=1", "offsets.topic.num.partitions=4", "log.retention.hours=1000000",
        ]);
        process = Peers.Java(release, "kafka.Kafka", properties);
        process.Environment["KAFKA_HEAP_OPTS"] = "-Xmx512m";
        process.Environment["KAFKA_OPTS"] = "--add-opens=java.base/java.util=ALL-UNNAMED";
        process.Start();
        await Admin.Until("the old broker listens", async () => process.HasExited
            ? throw new ToolFailed($"Kafka {release} does not start\n{process.Tail()}")
            : await Probe.IsListening(port));
    }

    /// <summary>Makes a topic of one partition, and waits until that is led.</summary>
    public async Task CreateTopic(string topic)
    {
        await Peers.Java(
            release, "kafka.admin.TopicCommand", "--zookeeper", zooKeeper, "--create", "--topic", topic, "--partitions", "1",
            "--replication-factor", "1").Run();
        using var talk = new Conversation(port);
        await Admin.Until("the topic is led", () => talk.Ask(
            "metadata", 0, new MetadataRequest { Topics = [new() { Name = topic }] })?.Topics is [{ Partitions: [{ LeaderId: 0 }] }]);
    }

    /// <summary>SIGTERM, and waits until it is gone.</summary>
    public Task Stop() => process!.Stop();

    public void Dispose() => process?.Dispose();
}
