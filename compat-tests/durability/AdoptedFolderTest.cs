using Confluent.Kafka;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// The folder of a Kafka 3.9 goes to us without its ZooKeeper, and with what we have added to a Kafka 3.9 again, on another ZooKeeper:
/// records of all codecs, transactions, and what groups have committed.
/// </summary>
public sealed class AdoptedFolderTest() : OnRealZooKeeper("kafka-adopted-")
{
    private const string Topic = "adopted", Group = "readers";
    private const int RecordsOfEach = 200, CommittedOffset = 150;
    private static readonly CompressionType[] codecs = Enum.GetValues<CompressionType>();
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    [NeedsFact(Need.Java)]
    public async Task Topics_ids_records_transactions_and_groups_go_from_a_Kafka_to_us_alone_and_back_to_a_Kafka()
    {
        await using var kafka = new DisposedAtEnd(new BrokerUnderTest(BrokerUnderTest.Kafka39, Settings()));
        await kafka.Broker.InitializeAsync();
        var data = kafka.Broker.DataFolder;
        using (var admin = new Admin(kafka.Broker.Port))
            await admin.CreateTopic(Topic, codecs.Length);
        Write(kafka.Broker);
        Commit(kafka.Broker);
        var expected = RecordsOfEach * codecs.Length + RecordsOfEach;
        Assert.Equal(expected, Count(kafka.Broker));
        var id = IdOf(data);
        await kafka.Broker.Stop();
        await StorageTool.FindsSound(data);

        await using (var ours = new DisposedAtEnd(new BrokerUnderTest(null, Settings(), data)))
        {
            var refusal = await Assert.ThrowsAsync<ToolFailed>(ours.Broker.InitializeAsync);
            Assert.Contains("--adopt", refusal.Message, StringComparison.Ordinal);
            ours.Broker.Arguments = ["--adopt"];
            await ours.Broker.Start();
            Assert.Equal((expected, CommittedOffset), (Count(ours.Broker), Committed(ours.Broker)));
            Write(ours.Broker);
            expected *= 2;
            Assert.Equal(expected, Count(ours.Broker));
            await ours.Broker.Stop();
        }
        await StorageTool.FindsSound(data);
        Assert.Contains(
            await StorageTool.Run("export-znodes", data),
            line => line.StartsWith($"/brokers/topics/{Topic} ", StringComparison.Ordinal) && line.Contains(id, StringComparison.Ordinal));
        await StorageTool.Run("export-znodes", "--zookeeper", ZooKeeper.Connect, data);

        var settings = Settings();
        settings["zookeeper.connect"] = ZooKeeper.Connect;
        await using var back = new DisposedAtEnd(new BrokerUnderTest(BrokerUnderTest.Kafka39, settings, data));
        await back.Broker.InitializeAsync();
        Assert.Equal((expected, CommittedOffset), (Count(back.Broker), Committed(back.Broker)));
        Write(back.Broker);
        Assert.Equal(expected / 2 * 3, Count(back.Broker));
        Assert.Equal(id, IdOf(data));
        await back.Broker.Stop();
        await StorageTool.FindsSound(data);
        await DumpLog.ReadsEveryFile(data);
    }

    private static Dictionary<string, string> Settings() => new()
    {
        ["log.segment.bytes"] = "50000",
        ["transaction.state.log.num.partitions"] = "4",
    };

    /// <summary>As many records with each codec, in partitions of their own, and in a transaction; as many more are aborted.</summary>
    private static void Write(BrokerUnderTest broker)
    {
        foreach (var codec in codecs)
        {
            using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
            {
                BootstrapServers = broker.BootstrapServers,
                CompressionType = codec,
                EnableIdempotence = true,
            }).Build();
            Write(producer, (int)codec);
        }
        using var transactional = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            TransactionalId = "goes-on",
        }).Build();
        transactional.InitTransactions(patience);
        transactional.BeginTransaction();
        Write(transactional, 0);
        transactional.CommitTransaction(patience);
        transactional.BeginTransaction();
        Write(transactional, 1);
        transactional.AbortTransaction(patience);
    }

    private static void Write(IProducer<byte[], byte[]> producer, int partition)
    {
        for (var i = 0; i < RecordsOfEach; i++)
            producer.Produce(new TopicPartition(Topic, partition), new Message<byte[], byte[]> { Key = [(byte)i], Value = new byte[100] });
        Assert.Equal(0, producer.Flush(patience));
    }

    /// <summary>Commits an offset of partition 0 for the group.</summary>
    private static void Commit(BrokerUnderTest broker)
    {
        using var consumer = Consumer(broker);
        consumer.Commit([new TopicPartitionOffset(Topic, 0, CommittedOffset)]);
    }

    private static long Committed(BrokerUnderTest broker)
    {
        using var consumer = Consumer(broker);
        return consumer.Committed([new TopicPartition(Topic, 0)], patience)[0].Offset.Value;
    }

    /// <summary>How many records a reader of committed ones gets.</summary>
    private static int Count(BrokerUnderTest broker)
    {
        using var consumer = Consumer(broker);
        consumer.Assign(codecs.Select(codec => new TopicPartitionOffset(Topic, (int)codec, Offset.Beginning)));
        for (var (count, ends) = (0, 0); ;)
        {
            var result = consumer.Consume(patience);
            Assert.NotNull(result);
            if (!result.IsPartitionEOF)
                count++;
            else if (++ends == codecs.Length)
                return count;
        }
    }

    private static IConsumer<byte[], byte[]> Consumer(BrokerUnderTest broker) => new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
    {
        BootstrapServers = broker.BootstrapServers,
        GroupId = Group,
        IsolationLevel = IsolationLevel.ReadCommitted,
        EnablePartitionEof = true,
        EnableAutoCommit = false,
    }).Build();

    private static string IdOf(string data)
        => File.ReadAllText(Path.Combine(data, $"{Topic}-0", "partition.metadata")).Split("topic_id: ")[1].Trim();
}
