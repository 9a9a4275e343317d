using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>The data of transactions go from a Kafka to us and back, on one folder and one ZooKeeper.</summary>
public sealed class KafkasTransactionsTest
{
    private const string Topic = "transactions";
    private const int Transactions = 6, RecordsOfEach = 50, OpenRecords = 7;
    /// <summary>Every third transaction is aborted.</summary>
    private const int Committed = 200;

    [NeedsFact(Need.Java)]
    public async Task What_Kafka_wrote_in_transactions_reads_as_Kafka_reads_it_and_what_we_end_Kafka_takes_as_ended()
    {
        await using var kafka = new DisposedAtEnd(new BrokerUnderTest(BrokerUnderTest.Kafka39, new() { ["log.segment.bytes"] = "20000" }));
        await kafka.Broker.InitializeAsync();
        using (var admin = new Admin(kafka.Broker.Port))
            await admin.CreateTopic(Topic, 1);
        Write(kafka.Broker, out var open);
        using (open)
        {
            Assert.Equal(Committed, Read(kafka.Broker, IsolationLevel.ReadCommitted));
            await kafka.Broker.Stop();
        }

        await using var ours = new DisposedAtEnd(new BrokerUnderTest(
            null, new() { ["zookeeper.connect"] = kafka.Broker.ZooKeeperConnect!, ["log.segment.bytes"] = "20000" },
            kafka.Broker.DataFolder));
        await ours.Broker.InitializeAsync();
        Assert.Equal(Committed, Read(ours.Broker, IsolationLevel.ReadCommitted));
        Assert.Equal(Transactions * RecordsOfEach + OpenRecords, Read(ours.Broker, IsolationLevel.ReadUncommitted));
        AbortOpen(ours.Broker);
        Assert.Equal(Committed, Read(ours.Broker, IsolationLevel.ReadCommitted));
        Assert.True(IsStable(ours.Broker));
        await ours.Broker.Stop();
        await DumpLog.ReadsEveryFile(ours.Broker.DataFolder);

        await kafka.Broker.Start();
        Assert.Equal(Committed, Read(kafka.Broker, IsolationLevel.ReadCommitted));
        Assert.True(IsStable(kafka.Broker));
    }

    private static void Write(BrokerUnderTest broker, out IProducer<byte[], byte[]> open)
    {
        using var producer = Producer(broker, "ended");
        for (var i = 0; i < Transactions; i++)
        {
            Write(producer, RecordsOfEach);
            if (i % 3 == 2)
                producer.AbortTransaction(Patience);
            else
                producer.CommitTransaction(Patience);
        }
        open = Producer(broker, "open");
        Write(open, OpenRecords);
    }

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static IProducer<byte[], byte[]> Producer(BrokerUnderTest broker, string id)
    {
        var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            TransactionalId = id,
            TransactionTimeoutMs = 600_000,
        }).Build();
        producer.InitTransactions(Patience);
        return producer;
    }

    private static void Write(IProducer<byte[], byte[]> producer, int records)
    {
        producer.BeginTransaction();
        for (var i = 0; i < records; i++)
            producer.Produce(Topic, new Message<byte[], byte[]> { Key = [(byte)i], Value = new byte[100] });
        Assert.Equal(0, producer.Flush(Patience));
    }

    /// <summary>How many records a consumer gets up to the end that its isolation gives it.</summary>
    private static int Read(BrokerUnderTest broker, IsolationLevel isolation)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            GroupId = "not-used",
            IsolationLevel = isolation,
            EnablePartitionEof = true,
            EnableAutoCommit = false,
        }).Build();
        consumer.Assign(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
        var count = 0;
        while (true)
        {
            var result = consumer.Consume(Patience);
            Assert.NotNull(result);
            if (result.IsPartitionEOF)
                return count;
            count++;
        }
    }

    private static void AbortOpen(BrokerUnderTest broker)
    {
        using var conversation = new Conversation(broker.Port);
        var described = conversation.Ask(
            "open", 0, new DescribeProducersRequest { Topics = [new() { Name = Topic, PartitionIndexes = [0] }] })!;
        var open = Assert.Single(described.Topics[0].Partitions[0].ActiveProducers, producer => producer.CurrentTxnStartOffset >= 0);
        var ended = conversation.Ask("abort", 1, new WriteTxnMarkersRequest
        {
            Markers =
            [
                new()
                {
                    ProducerId = open.ProducerId,
                    ProducerEpoch = (short)open.ProducerEpoch,
                    Topics = [new() { Name = Topic, PartitionIndexes = [0] }],
                },
            ],
        })!;
        Assert.Equal(Kernel.Model.KafkaError.None, ended.Markers[0].Topics[0].Partitions[0].ErrorCode);
    }

    /// <summary>Whether nothing holds the last stable offset back.</summary>
    private static bool IsStable(BrokerUnderTest broker)
    {
        using var conversation = new Conversation(broker.Port);
        long EndFor(sbyte isolation) => conversation.Ask("end", 2, new ListOffsetsRequest
        {
            ReplicaId = -1,
            IsolationLevel = isolation,
            Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }] }],
        })!.Topics[0].Partitions[0].Offset;
        return EndFor(0) == EndFor(1);
    }

    private sealed class DisposedAtEnd(BrokerUnderTest broker) : IAsyncDisposable
    {
        public BrokerUnderTest Broker => broker;

        public async ValueTask DisposeAsync() => await broker.DisposeAsync();
    }
}
