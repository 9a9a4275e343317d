using System.Text;
using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// Transactions go from a Kafka to us and back, on one folder and one ZooKeeper: their records, and what the coordinator knows of them.
/// </summary>
public sealed class KafkasTransactionsTest
{
    private const string Topic = "transactions";
    private const string Ended = "ended", TimedOut = "timed-out", TakenOver = "taken-over";
    private const int RecordsOfEach = 50;
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    /// <summary>What is in the log, and of it what was committed.</summary>
    private readonly List<string> written = [], committed = [];

    [NeedsFact(Need.Java)]
    public async Task What_Kafka_wrote_in_transactions_reads_as_Kafka_reads_it_and_what_we_end_Kafka_takes_as_ended()
    {
        // It never looks for transactions that are open for too long, so that one is left to us.
        await using var kafka = new DisposedAtEnd(new BrokerUnderTest(BrokerUnderTest.Kafka39, Settings(lookForTimedOutMs: 3_600_000)));
        await kafka.Broker.InitializeAsync();
        using (var admin = new Admin(kafka.Broker.Port))
            await admin.CreateTopic(Topic, 1);
        Transact(kafka.Broker, Ended, true, true, false, true, true, false);
        using (var timedOut = Producer(kafka.Broker, TimedOut, timeoutMs: 5000))
        using (var takenOver = Producer(kafka.Broker, TakenOver))
        {
            Write(timedOut, "left open");
            Write(takenOver, "open when its id is taken over");
            Assert.Equal(committed, Read(kafka.Broker, IsolationLevel.ReadCommitted));
            await kafka.Broker.Stop();
        }

        var settings = Settings(lookForTimedOutMs: 200);
        settings["zookeeper.connect"] = kafka.Broker.ZooKeeperConnect!;
        await using (var ours = new DisposedAtEnd(new BrokerUnderTest(null, settings, kafka.Broker.DataFolder)))
        {
            await ours.Broker.InitializeAsync();
            Assert.Equal(committed, Read(ours.Broker, IsolationLevel.ReadCommitted));
            Assert.Equal(written, Read(ours.Broker, IsolationLevel.ReadUncommitted));
            await Admin.Until("the time of one is up", () => OpenProducers(ours.Broker) == 1);
            Assert.False(IsStable(ours.Broker));
            Transact(ours.Broker, TakenOver, true);
            Transact(ours.Broker, Ended, true, false, true);
            await Admin.Until("all are ended", () => IsStable(ours.Broker));
            Assert.Equal(committed, Read(ours.Broker, IsolationLevel.ReadCommitted));
            await ours.Broker.Stop();
        }
        await DumpLog.ReadsEveryFile(kafka.Broker.DataFolder);

        await kafka.Broker.Start();
        Assert.True(IsStable(kafka.Broker));
        Assert.Equal(committed, Read(kafka.Broker, IsolationLevel.ReadCommitted));
        Assert.Equal(written, Read(kafka.Broker, IsolationLevel.ReadUncommitted));
        // Its coordinator goes on with the ids as we have left them.
        foreach (var id in (string[])[TimedOut, TakenOver, Ended])
            Transact(kafka.Broker, id, true, false);
        await Admin.Until("all are ended", () => IsStable(kafka.Broker));
        Assert.Equal(committed, Read(kafka.Broker, IsolationLevel.ReadCommitted));
        await kafka.Broker.Stop();
        await StorageTool.FindsSound(kafka.Broker.DataFolder);
    }

    private static Dictionary<string, string> Settings(int lookForTimedOutMs) => new()
    {
        ["log.segment.bytes"] = "20000",
        ["transaction.state.log.num.partitions"] = "4",
        ["transaction.abort.timed.out.transaction.cleanup.interval.ms"] = $"{lookForTimedOutMs}",
    };

    /// <summary>One transaction after the other, each committed or aborted.</summary>
    private void Transact(BrokerUnderTest broker, string id, params bool[] ends)
    {
        using var producer = Producer(broker, id);
        foreach (var isCommit in ends)
        {
            var values = Write(producer, id);
            if (isCommit)
                producer.CommitTransaction(patience);
            else
                producer.AbortTransaction(patience);
            committed.AddRange(isCommit ? values : []);
        }
    }

    private static IProducer<byte[], byte[]> Producer(BrokerUnderTest broker, string id, int timeoutMs = 600_000)
    {
        var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            TransactionalId = id,
            TransactionTimeoutMs = timeoutMs,
        }).Build();
        producer.InitTransactions(patience);
        return producer;
    }

    /// <summary>Begins a transaction, and has its records in the log.</summary>
    private List<string> Write(IProducer<byte[], byte[]> producer, string by)
    {
        producer.BeginTransaction();
        List<string> values = [.. Enumerable.Range(written.Count, RecordsOfEach).Select(number => $"{number} {by}")];
        foreach (var value in values)
            producer.Produce(Topic, new Message<byte[], byte[]> { Key = [1], Value = Encoding.UTF8.GetBytes(value.PadRight(100)) });
        Assert.Equal(0, producer.Flush(patience));
        written.AddRange(values);
        return values;
    }

    /// <summary>What a consumer gets up to the end that its isolation gives it.</summary>
    private static List<string> Read(BrokerUnderTest broker, IsolationLevel isolation)
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
        List<string> values = [];
        while (true)
        {
            var result = consumer.Consume(patience);
            Assert.NotNull(result);
            if (result.IsPartitionEOF)
                return values;
            values.Add(Encoding.UTF8.GetString(result.Message.Value).TrimEnd());
        }
    }

    /// <summary>How many producers have an open transaction in the log.</summary>
    private static int OpenProducers(BrokerUnderTest broker)
    {
        using var conversation = new Conversation(broker.Port);
        return conversation.Ask("open", 0, new DescribeProducersRequest { Topics = [new() { Name = Topic, PartitionIndexes = [0] }] })!
            .Topics[0].Partitions[0].ActiveProducers.Count(producer => producer.CurrentTxnStartOffset >= 0);
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
}
