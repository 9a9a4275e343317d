using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Durability;

namespace KafkaCompatBroker.CompatTests.Compaction;

/// <summary>
/// The same folder, written by a Kafka 3.9 whose cleaner stands still, is compacted by that Kafka and, a copy of it, by us: the same
/// batches are left. Then more is written to both, and tombstones whose time has passed are gone from both. Kafka's tool finds our folder
/// sound, and Kafka goes on with it.
/// </summary>
public sealed class CompactionBesideKafkaTest : IAsyncLifetime
{
    private const string Topic = "compacted";
    private const int DeleteRetentionMs = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string copy = Directory.CreateTempSubdirectory("compacted-").FullName;
    private readonly Dictionary<string, string> settings = new()
    {
        ["log.segment.bytes"] = "20000",
        ["log.cleanup.policy"] = "compact",
        ["log.cleaner.backoff.ms"] = "200",
        ["log.cleaner.min.cleanable.ratio"] = "0.01",
        ["log.cleaner.delete.retention.ms"] = $"{DeleteRetentionMs}",
        ["log.cleaner.enable"] = "false",
        // Files that were replaced are of no use to anybody here.
        ["log.segment.delete.delay.ms"] = "0",
    };

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        Directory.Delete(copy, recursive: true);
        return Task.CompletedTask;
    }

    [NeedsFact(Need.Java)]
    public async Task What_we_leave_of_a_compacted_topic_is_what_Kafka_leaves()
    {
        var kafka = new BrokerUnderTest(BrokerUnderTest.Kafka39, settings);
        BrokerUnderTest? ours = null;
        try
        {
            await kafka.InitializeAsync();
            using (var admin = new Admin(kafka.Port))
                await admin.CreateTopic(Topic, 1);
            WriteFirst(kafka);
            var last = Read(kafka);
            await kafka.Stop();
            LogFolder.Copy(kafka.DataFolder, copy);
            settings["log.cleaner.enable"] = "true";

            ours = new BrokerUnderTest(
                null, new(settings) { ["zookeeper.connect"] = kafka.ZooKeeperConnect! }, copy);
            var (oursFirst, oursSecond) = await Compact(ours, last);
            await DumpLog.ReadsEveryCompactedFile(copy);
            var (kafkasFirst, kafkasSecond) = await Compact(kafka, last);

            Assert.Equal(kafkasFirst.Select(batch => batch.Header), oursFirst.Select(batch => batch.Header));
            Assert.Equal(kafkasFirst.SelectMany(batch => batch.Records), oursFirst.SelectMany(batch => batch.Records));
            Assert.Equal(kafkasFirst.Select(batch => batch.Horizon is null), oursFirst.Select(batch => batch.Horizon is null));
            Assert.Contains(oursFirst, batch => batch.Horizon is not null);
            Assert.Equal(DataRecords(kafkasSecond), DataRecords(oursSecond));
            Assert.DoesNotContain(DataRecords(oursSecond), record => record.Contains(" null ", StringComparison.Ordinal));

            Directory.Delete(kafka.DataFolder, recursive: true);
            LogFolder.Copy(copy, kafka.DataFolder);
            await kafka.Start();
            Assert.Equal(last.Where(pair => pair.Value is not null), Read(kafka).Where(pair => !IsFiller(pair.Key)));
        }
        finally
        {
            await kafka.DisposeAsync();
            if (ours is not null)
                await ours.DisposeAsync();
        }
    }

    /// <summary>What is in the folder after a first compaction, and after more was written behind the tombstones' time.</summary>
    private static async Task<(List<StoredBatch> First, List<StoredBatch> Second)> Compact(
        BrokerUnderTest broker, SortedDictionary<string, string?> last)
    {
        var folder = Path.Combine(broker.DataFolder, $"{Topic}-0");
        await broker.Start();
        await AwaitCleaned();
        var first = LogFolder.Read(folder);
        Assert.Equal(last, Read(broker));
        await Admin.Until(
            "the tombstones' time has passed",
            () => first.All(batch => batch.Horizon is null || batch.Horizon < DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        WriteSecond(broker);
        await AwaitCleaned();
        Assert.Equal(last.Where(pair => pair.Value is not null), Read(broker).Where(pair => !IsFiller(pair.Key)));
        await broker.Stop();
        return (first, LogFolder.Read(folder));

        Task AwaitCleaned() => Admin.Until(
            "all is compacted", () => LogFolder.CleanedTo(broker.DataFolder, Topic) == LogFolder.ActiveBaseOffset(folder));
    }

    private static IEnumerable<string> DataRecords(List<StoredBatch> batches)
        => batches.Where(batch => !batch.IsControl).SelectMany(batch => batch.Records);

    /// <summary>All codecs, tombstones, and transactions of which one in three is aborted.</summary>
    private static void WriteFirst(BrokerUnderTest broker)
    {
        foreach (var codec in Enum.GetValues<CompressionType>())
        {
            using var producer = Producer(broker, codec, id: null);
            for (var i = 0; i < 400; i++)
                Write(producer, $"key-{i * 7 % 90}", i % 11 == 3 ? null : $"{codec}-{i}-{new string('x', 80)}");
            Assert.Equal(0, producer.Flush(Patience));
        }
        foreach (var codec in (CompressionType[])[CompressionType.None, CompressionType.Lz4])
        {
            using var producer = Producer(broker, codec, id: $"writer-{codec}");
            producer.InitTransactions(Patience);
            for (var transaction = 0; transaction < 9; transaction++)
            {
                producer.BeginTransaction();
                for (var i = 0; i < 30; i++)
                    Write(producer, $"key-{i * 5 % 90}", i % 7 == 5 ? null : $"{codec}-{transaction}-{i}-{new string('y', 80)}");
                // An abort would drop what has not been sent, and Kafka knows of no transaction where nothing was.
                Assert.Equal(0, producer.Flush(Patience));
                if (transaction % 3 == 1)
                    producer.AbortTransaction(Patience);
                else
                    producer.CommitTransaction(Patience);
            }
        }
        WriteFiller(broker, "first");
    }

    private static void WriteSecond(BrokerUnderTest broker) => WriteFiller(broker, "second");

    /// <summary>Enough that all before it is in segments that can be compacted.</summary>
    private static void WriteFiller(BrokerUnderTest broker, string name)
    {
        using var producer = Producer(broker, CompressionType.None, id: null);
        for (var i = 0; i < 300; i++)
        {
            Write(producer, $"filler-{name}-{i}", new string('z', 100));
            // Small batches, so that segments end soon behind.
            if (i % 20 == 19)
                Assert.Equal(0, producer.Flush(Patience));
        }
    }

    private static bool IsFiller(string key) => key.StartsWith("filler-second", StringComparison.Ordinal);

    private static IProducer<string, string?> Producer(BrokerUnderTest broker, CompressionType codec, string? id)
        => new ProducerBuilder<string, string?>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            CompressionType = codec,
            TransactionalId = id,
            EnableIdempotence = id is not null,
            BatchNumMessages = 40,
            LingerMs = 20,
        }).SetValueSerializer(new Text()).Build();

    private static void Write(IProducer<string, string?> producer, string key, string? value)
        => producer.Produce(Topic, new Message<string, string?>
        {
            Key = key,
            Value = value,
            Timestamp = new Timestamp(1_700_000_000_000, TimestampType.CreateTime),
        });

    /// <summary>The last value of each key that a consumer with read_committed finds.</summary>
    private static SortedDictionary<string, string?> Read(BrokerUnderTest broker)
    {
        using var consumer = new ConsumerBuilder<string, string?>(new ConsumerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            GroupId = "not-used",
            IsolationLevel = IsolationLevel.ReadCommitted,
            EnablePartitionEof = true,
            EnableAutoCommit = false,
        }).SetValueDeserializer(new Text()).Build();
        consumer.Assign(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
        var last = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        while (true)
        {
            var result = consumer.Consume(Patience);
            Assert.NotNull(result);
            if (result.IsPartitionEOF)
                return last;
            last[result.Message.Key] = result.Message.Value;
        }
    }

    private sealed class Text : ISerializer<string?>, IDeserializer<string?>
    {
        public byte[] Serialize(string? data, SerializationContext context)
            => data is null ? null! : System.Text.Encoding.UTF8.GetBytes(data);

        public string? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
            => isNull ? null : System.Text.Encoding.UTF8.GetString(data);
    }
}
