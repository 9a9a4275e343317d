using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;

namespace KafkaCompatBroker.CompatTests.Verifiable;

/// <summary>
/// A consumer of librdkafka that follows partitions through the deaths of brokers. The library (2.10 to 2.16, its issue 5476) blocks itself
/// for good when a broker leaves the metadata while it asks this one for the end of an epoch: its main thread takes the lock of a partition
/// and then that of all, the broker's thread takes them the other way round. Its main thread makes statistics each second, whatever
/// brokers do or fail to do. When these stay away the library is given up, and another instance goes on at the same offsets.
/// </summary>
internal sealed class FollowingConsumer : IDisposable
{
    private const int KeptLogLines = 20_000;
    private static readonly TimeSpan StatisticsInterval = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromSeconds(10);

    /// <summary>Never disposed, nor left to a finalizer, which would both wait for ever.</summary>
    private static readonly ConcurrentBag<IConsumer<Ignore, byte[]>> GivenUp = [];

    private readonly string bootstrapServers;
    private readonly Dictionary<TopicPartition, long> positions;
    private readonly ConcurrentQueue<string> logged = new();
    private readonly Stopwatch sinceStatistics = new();
    private IConsumer<Ignore, byte[]> consumer;

    /// <param name="bootstrapServers">Of the brokers.</param>
    /// <param name="partitions">Read from offset 0 on.</param>
    public FollowingConsumer(string bootstrapServers, IEnumerable<TopicPartition> partitions)
    {
        this.bootstrapServers = bootstrapServers;
        positions = partitions.ToDictionary(partition => partition, _ => 0L);
        consumer = Open();
    }

    /// <summary>How often the library has blocked itself.</summary>
    public int Deaths { get; private set; }

    /// <summary>The last that the library has logged.</summary>
    public IReadOnlyCollection<string> Logged => logged;

    /// <summary>The next record; null when none comes within a moment.</summary>
    public ConsumeResult<Ignore, byte[]>? Consume(TimeSpan atMost)
    {
        if (consumer.Consume(atMost) is { } got)
        {
            positions[got.TopicPartition] = got.Offset + 1;
            return got;
        }
        if (sinceStatistics.Elapsed > Patience)
        {
            Note("the library makes no statistics any more and is given up");
            Deaths++;
            GivenUp.Add(consumer);
            consumer = Open();
        }
        return null;
    }

    public void Dispose()
    {
        var closing = new Thread(consumer.Dispose) { IsBackground = true };
        closing.Start();
        if (!closing.Join(Patience))
            GivenUp.Add(consumer);
    }

    private IConsumer<Ignore, byte[]> Open()
    {
        var settings = new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "verified-unused",
            EnableAutoCommit = false,
            // An offset that the broker does not have is a fault, which the library must not hide.
            AutoOffsetReset = AutoOffsetReset.Error,
            CheckCrcs = true,
            StatisticsIntervalMs = (int)StatisticsInterval.TotalMilliseconds,
            Debug = "broker,topic,metadata",
        };
        var opened = new ConsumerBuilder<Ignore, byte[]>(settings).SetLogHandler((_, line) => Note(line.Message)).SetStatisticsHandler(
            (_, _) => sinceStatistics.Restart()).Build();
        sinceStatistics.Restart();
        opened.Assign(positions.Select(position => new TopicPartitionOffset(position.Key, position.Value)));
        return opened;
    }

    private void Note(string line)
    {
        logged.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {line}");
        if (logged.Count > KeptLogLines)
            logged.TryDequeue(out _);
    }
}
