using KafkaCompatBroker.CompatTests.Durability;

namespace KafkaCompatBroker.CompatTests.OldClients;

/// <summary>
/// The folder and the ZooKeeper of a Kafka 0.8 (records of format 0) or 0.10 (format 1), taken over by our broker: all is read as it was
/// written, segments stay as they are, new records come behind them, and Kafka's own tool and Kafka 3.9 find the folder sound.
/// </summary>
public sealed class TakenOverTest() : OnRealZooKeeper("kafka-taken-over-")
{
    [NeedsTheory(Need.Java)]
    [InlineData("0.8")]
    [InlineData("0.10")]
    public async Task What_an_old_broker_wrote_is_read_by_old_clients_and_new_ones_and_goes_on(string release)
    {
        const string topic = "taken";
        var data = Path.Combine(Folder, "data");
        var written = new List<string>();
        var port = Probe.FreePort();
        using (var old = new OldBroker(release, port, data, ZooKeeper.Connect))
        {
            await old.Start();
            await old.CreateTopic(topic);
            await Write($"{release} java", $"127.0.0.1:{port}");
            await old.Stop();
        }
        await StorageTool.FindsSound(data);
        var oldSegments = Segments(data, topic);
        Assert.True(oldSegments.Count > 2);

        await using (var ours = new DisposableBroker(Ours(data)))
        {
            var console = new OldConsole(ours.Broker.BootstrapServers, ZooKeeper.Connect);
            await console.EveryReaderGets(written, topic);
            await Write("0.10 java", ours.Broker.BootstrapServers);
            await console.EveryReaderGets(written, topic);
            await ours.Broker.Stop();
        }
        var segments = Segments(data, topic);
        foreach (var (name, bytes) in oldSegments.SkipLast(1))
            Assert.Equal(bytes, segments[name]);
        Assert.Equal(oldSegments.Last().Value, segments[oldSegments.Last().Key].Take(oldSegments.Last().Value.Length));
        await DumpLog.ReadsEveryFile(data);
        await StorageTool.FindsSound(data);

        await using var kafka = new DisposableBroker(new BrokerUnderTest(BrokerUnderTest.Kafka39, Settings(), data));
        await new OldConsole(kafka.Broker.BootstrapServers, ZooKeeper.Connect).EveryReaderGets(written, topic);

        async Task Write(string writer, string bootstrapServers)
        {
            foreach (var codec in OldConsole.Codecs)
            {
                var lines = Enumerable.Range(0, 200).Select(number => $"{written.Count + number} {new string('x', number)}").ToArray();
                await new OldConsole(bootstrapServers, ZooKeeper.Connect).Write(writer, topic, codec, lines);
                written.AddRange(lines);
            }
        }
    }

    private BrokerUnderTest Ours(string data) => new(BrokerUnderTest.KafkaWanted, Settings(), data);

    private Dictionary<string, string> Settings()
        => new() { ["zookeeper.connect"] = ZooKeeper.Connect, ["log.segment.bytes"] = "20000", ["log.index.interval.bytes"] = "500" };

    private static SortedDictionary<string, byte[]> Segments(string data, string topic)
        => new(
            Directory.EnumerateFiles(Path.Combine(data, $"{topic}-0"), "*.log").ToDictionary(
                file => Path.GetFileName(file), File.ReadAllBytes),
            StringComparer.Ordinal);

    private sealed class DisposableBroker : IAsyncDisposable
    {
        private readonly Task started;

        public DisposableBroker(BrokerUnderTest broker)
        {
            Broker = broker;
            started = broker.InitializeAsync();
            started.GetAwaiter().GetResult();
        }

        public BrokerUnderTest Broker { get; }

        public async ValueTask DisposeAsync() => await Broker.DisposeAsync();
    }
}
