using Confluent.Kafka;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// A folder with preallocated segments goes between a Kafka 3.9 and us, on one ZooKeeper, each of them ended by kill -9 and in order.
/// </summary>
public sealed class PreallocatedFolderTest
{
    private const string Topic = "preallocated";
    private const int SegmentBytes = 50_000, RecordsOfEach = 700;
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    [NeedsFact(Need.Java)]
    public async Task Segments_that_one_preallocates_the_other_reads_cuts_and_goes_on_with_after_a_kill_and_after_a_clean_stop()
    {
        await using var kafka = new DisposedAtEnd(new BrokerUnderTest(BrokerUnderTest.Kafka39, Settings()));
        await kafka.Broker.InitializeAsync();
        var settings = Settings();
        settings["zookeeper.connect"] = kafka.Broker.ZooKeeperConnect!;
        await using var ours = new DisposedAtEnd(new BrokerUnderTest(null, settings, kafka.Broker.DataFolder));
        using (var admin = new Admin(kafka.Broker.Port))
            await admin.CreateTopic(Topic, 1);
        var folder = Path.Combine(kafka.Broker.DataFolder, $"{Topic}-0");

        Write(kafka.Broker);
        await kafka.Broker.Kill();
        Assert.Equal(SegmentBytes, LastFile(folder).Length);
        await StorageTool.FindsSound(kafka.Broker.DataFolder);

        await ours.Broker.Start();
        Assert.Equal(RecordsOfEach, Count(ours.Broker));
        Assert.Contains("that were preallocated behind it are cut off", ours.Broker.LogText, StringComparison.Ordinal);
        Assert.DoesNotContain("cut at position", ours.Broker.LogText, StringComparison.Ordinal);
        Write(ours.Broker);
        Assert.Equal(SegmentBytes, LastFile(folder).Length);
        await ours.Broker.Kill();
        await ours.Broker.AwaitUnregistered();
        await kafka.Broker.AwaitUnregistered();
        await StorageTool.FindsSound(kafka.Broker.DataFolder);

        await kafka.Broker.Start();
        Assert.Equal(2 * RecordsOfEach, Count(kafka.Broker));
        Write(kafka.Broker);
        await kafka.Broker.Stop();
        var kafkasEnd = LastFile(folder);
        Assert.True(kafkasEnd.Length < SegmentBytes);

        await ours.Broker.Start();
        Assert.Equal(3 * RecordsOfEach, Count(ours.Broker));
        Write(ours.Broker);
        await ours.Broker.Stop();
        var ourEnd = LastFile(folder);
        Assert.True(ourEnd.Name != kafkasEnd.Name && ourEnd.Length < SegmentBytes);
        await StorageTool.FindsSound(kafka.Broker.DataFolder);
        await DumpLog.ReadsEveryFile(kafka.Broker.DataFolder);

        await kafka.Broker.Start();
        Assert.Equal(4 * RecordsOfEach, Count(kafka.Broker));
    }

    private static Dictionary<string, string> Settings() => new()
    {
        ["log.preallocate"] = "true",
        ["log.segment.bytes"] = $"{SegmentBytes}",
    };

    /// <summary>More than fits into one segment.</summary>
    private static void Write(BrokerUnderTest broker)
    {
        using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            EnableIdempotence = true,
            BatchNumMessages = 10,
        }).Build();
        for (var i = 0; i < RecordsOfEach; i++)
            producer.Produce(Topic, new Message<byte[], byte[]> { Key = [(byte)i], Value = new byte[100] });
        Assert.Equal(0, producer.Flush(patience));
    }

    /// <summary>How many records there are, read one after another to the end.</summary>
    private static int Count(BrokerUnderTest broker)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            GroupId = "counter",
            EnablePartitionEof = true,
            EnableAutoCommit = false,
        }).Build();
        consumer.Assign(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
        for (var count = 0; ; count++)
        {
            var read = consumer.Consume(patience) ?? throw new TimeoutException($"no record after {count}");
            if (read.IsPartitionEOF)
                return count;
            Assert.Equal(count, read.Offset.Value);
        }
    }

    private static FileInfo LastFile(string folder) => new DirectoryInfo(folder).GetFiles("*.log").MaxBy(file => file.Name)!;
}
