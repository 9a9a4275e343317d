namespace KafkaCompatBroker.CompatTests.OldClients;

/// <summary>A broker on a ZooKeeper, where clients of before 0.9 look for it.</summary>
public sealed class BrokerOnZooKeeper : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("kafka-old-clients-").FullName;
    private readonly RealZooKeeper zooKeeper;
    private readonly BrokerUnderTest broker;

    public BrokerOnZooKeeper()
    {
        zooKeeper = new RealZooKeeper(Path.Combine(folder, "zookeeper"));
        broker = new BrokerUnderTest(BrokerUnderTest.KafkaWanted, new() { ["zookeeper.connect"] = zooKeeper.Connect });
    }

    internal OldConsole Console => new(broker.BootstrapServers, zooKeeper.Connect);

    internal int Port => broker.Port;

    public async Task InitializeAsync()
    {
        if (Needs.Missing([Need.Java]) is not null)
            return;
        await zooKeeper.Start();
        await broker.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await broker.DisposeAsync();
        zooKeeper.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>Clients of Kafka 0.8.2 and 0.10.0 write and read each other's records, and those of 3.9 read them too.</summary>
public sealed class OldClientsTest(BrokerOnZooKeeper broker) : IClassFixture<BrokerOnZooKeeper>
{
    private const int LinesPerCodec = 150;

    public static TheoryData<string> Writers => new(OldConsole.Writers);

    [NeedsTheory(Need.Java)]
    [MemberData(nameof(Writers))]
    public async Task Records_of_every_codec_are_read_by_old_clients_and_new_ones(string writer)
    {
        var topic = $"of-{writer.Replace(' ', '-')}";
        using (var admin = new Admin(broker.Port))
            await admin.CreateTopic(topic, 1);
        var written = new List<string>();
        foreach (var codec in OldConsole.Codecs)
        {
            var lines = Enumerable.Range(0, LinesPerCodec).Select(number => $"{codec} {number} {new string('x', number)}").ToArray();
            await broker.Console.Write(writer, topic, codec, lines);
            written.AddRange(lines);
        }

        await broker.Console.EveryReaderGets(written, topic);
    }
}
