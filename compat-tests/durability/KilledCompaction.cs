using System.Collections.Concurrent;
using System.Globalization;
using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Differential;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// A compacted topic whose keys are overwritten all the time: the kill comes when a segment is being cleaned, when one takes the place of
/// others, or when these go. Each key must have its last value, and no value may come before one that was written earlier.
/// </summary>
internal sealed class KilledCompaction(BrokerUnderTest broker) : KilledWork
{
    private const string Topic = "compacted";
    private const int Keys = 500, SpreadMs = 20, RecordsBetweenPauses = 20, UnderWayMax = 5000, TombstoneEach = 13;
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);
    private static readonly string[] moments = [".cleaned", ".swap", ".deleted"];

    private readonly Random random = new(1);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<string> failures = [];
    private Task<int>? writing;
    private int acknowledged;

    public override Task Start()
    {
        using (var talk = new Conversation(broker.Port))
            Topics.Make(
                talk, Topic, 1, ("cleanup.policy", "compact"), ("segment.bytes", "100000"), ("min.cleanable.dirty.ratio", "0.01"));
        writing = Task.Factory.StartNew(Write, TaskCreationOptions.LongRunning);
        return Task.CompletedTask;
    }

    public override async Task AwaitMoment(int kill)
    {
        var suffix = moments[kill % moments.Length];
        using (var moment = new DiskMoment(
            broker.DataFolder, $"*.log{suffix}", path => path.Contains($"{Topic}-0", StringComparison.Ordinal)))
            await Task.WhenAny(moment.Await(), writing!).Unwrap();
        Assert.Empty(failures);
        DiskMoment.Pass(suffix == ".cleaned" ? random.Next(SpreadMs) : random.NextDouble());
    }

    public override IEnumerable<string> Interrupted()
    {
        var files = Directory.GetFiles(
            Directory.GetDirectories(broker.DataFolder, $"{Topic}-0", SearchOption.AllDirectories).Single(), "*.log*");
        return moments.Where(suffix => Array.Exists(files, file => file.EndsWith(suffix, StringComparison.Ordinal)))
            .Select(suffix => $"{suffix} files");
    }

    public override async Task FinishAndVerify()
    {
        await stop.CancelAsync();
        var written = await writing!;
        Assert.Empty(failures);
        var expected = new int[Keys];
        for (var number = 0; number < written; number++)
            expected[number % Keys] = number;
        var (last, count) = Read();
        Assert.Equal(expected.Take(written), last.Take(written));
        Assert.True(count < written, $"nothing was compacted of {written} records");
    }

    public override void Dispose()
    {
        stop.Cancel();
        stop.Dispose();
    }

    /// <summary>How many records were written, each of which was acknowledged.</summary>
    private int Write()
    {
        using var producer = new ProducerBuilder<string, string?>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            EnableIdempotence = true,
            LingerMs = 2,
            // What piles up while the broker is down comes in batches that a segment can take.
            BatchNumMessages = 100,
            SocketTimeoutMs = 10_000,
            ReconnectBackoffMaxMs = 200,
        }).SetValueSerializer(new TombstoneText()).SetErrorHandler((_, error) => NoteFatal(error)).SetLogHandler((_, _) => { }).Build();
        var number = 0;
        for (; !stop.IsCancellationRequested && failures.IsEmpty; number++)
        {
            producer.Produce(
                Topic, new Message<string, string?> { Key = $"{number % Keys}", Value = Value(number) },
                report =>
                {
                    NoteFatal(report.Error, always: true);
                    Interlocked.Increment(ref acknowledged);
                });
            if (number % RecordsBetweenPauses == 0)
                Thread.Sleep(2);
            while (number - Volatile.Read(ref acknowledged) > UnderWayMax && !stop.IsCancellationRequested)
                Thread.Sleep(2);
        }
        if (producer.Flush(patience) != 0)
            failures.Enqueue("not everything was acknowledged");
        return number;
    }

    private void NoteFatal(Error error, bool always = false)
    {
        if (error.IsError && (always || error.IsFatal))
            failures.Enqueue(error.ToString());
    }

    private static string? Value(int number) => number % TombstoneEach == 5 ? null : $"{number} {new string('x', 100)}";

    /// <summary>By key the number of the last record, and how many records there are.</summary>
    private (int[] Last, int Count) Read()
    {
        using var consumer = new ConsumerBuilder<string, string?>(new ConsumerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            GroupId = "not-used",
            EnablePartitionEof = true,
            EnableAutoCommit = false,
            CheckCrcs = true,
        }).SetValueDeserializer(new TombstoneText()).Build();
        consumer.Assign(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
        var last = new int[Keys];
        for (var count = 0; ; count++)
        {
            var read = consumer.Consume(patience) ?? throw new TimeoutException($"no record after {count}");
            if (read.IsPartitionEOF)
                return (last, count);
            // Nothing is written twice or out of order, so a record's number is its offset.
            var (key, number) = (int.Parse(read.Message.Key, CultureInfo.InvariantCulture), (int)read.Offset.Value);
            Assert.Equal((number % Keys, Value(number)), (key, read.Message.Value));
            last[key] = number;
        }
    }

    private sealed class TombstoneText : ISerializer<string?>, IDeserializer<string?>
    {
        public byte[] Serialize(string? data, SerializationContext context)
            => data is null ? null! : System.Text.Encoding.UTF8.GetBytes(data);

        public string? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
            => isNull ? null : System.Text.Encoding.UTF8.GetString(data);
    }
}
