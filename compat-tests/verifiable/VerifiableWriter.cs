using System.Collections.Concurrent;
using Confluent.Kafka;
using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.CompatTests.Verifiable;

/// <summary>
/// An idempotent producer of one codec, which sends numbered records to each partition of its topic; the history is told what becomes of
/// each.
/// </summary>
internal sealed class VerifiableWriter(ClientHistory history, string bootstrapServers, CompressionType codec, int partitionCount)
{
    private const int RecordsPerRound = 5, UnacknowledgedMax = 5_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromMinutes(2);

    private readonly string name = $"librdkafka-{codec}";
    private readonly int[] sentCounts = new int[partitionCount];
    private readonly ConcurrentQueue<string> failures = new();
    private int unacknowledged;

    public string Topic { get; } = $"verified-{codec}";

    public IEnumerable<TopicPartition> Partitions
        => Enumerable.Range(0, partitionCount).Select(partition => new TopicPartition(Topic, partition));

    /// <summary>Records that the library has given up.</summary>
    public IReadOnlyCollection<string> Failures => failures;

    /// <summary>Sends until it is stopped, and waits until each record is acknowledged or given up.</summary>
    public Task Write(CancellationToken stop)
        // A thread of its own, because attackers keep the pool's busy.
        => Task.Factory.StartNew(() => WriteUntil(stop), TaskCreationOptions.LongRunning);

    private void WriteUntil(CancellationToken stop)
    {
        var settings = new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            Acks = Acks.All,
            EnableIdempotence = true,
            CompressionType = codec,
            MessageTimeoutMs = (int)Patience.TotalMilliseconds,
        };
        using var producer = new ProducerBuilder<Null, byte[]>(settings).SetLogHandler((_, _) => { }).Build();
        do
        {
            if (Volatile.Read(ref unacknowledged) < UnacknowledgedMax)
                WriteRound(producer);
        }
        while (!stop.WaitHandle.WaitOne(Pause));
        // Each record has an end by then: the library gives up what is not acknowledged within its time.
        producer.Flush(Patience + Patience);
    }

    private void WriteRound(IProducer<Null, byte[]> producer)
    {
        for (var partition = 0; partition < partitionCount; partition++)
        {
            for (var i = 0; i < RecordsPerRound; i++)
                WriteOne(producer, partition);
        }
    }

    private void WriteOne(IProducer<Null, byte[]> producer, int partition)
    {
        var number = sentCounts[partition]++;
        var (at, record) = (new Kernel.Model.TopicPartition(Topic, partition), VerifiableValue.Name(Topic, partition, number));
        Interlocked.Increment(ref unacknowledged);
        history.Attempted(name, at, record);
        var message = new Message<Null, byte[]> { Value = VerifiableValue.Of(Topic, partition, number) };
        producer.Produce(new TopicPartition(Topic, partition), message, report =>
        {
            Interlocked.Decrement(ref unacknowledged);
            if (!report.Error.IsError)
            {
                history.Acknowledged(name, at, record, report.Offset);
                return;
            }
            failures.Enqueue($"{record} was given up: {report.Error.Reason}");
            if (report.Status == PersistenceStatus.NotPersisted)
                history.Failed(name, at, record, $"{report.Error.Code}");
            else
                history.Unknown(name, at, record, $"{report.Error.Code}");
        });
    }
}
