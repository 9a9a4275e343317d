using System.Diagnostics;
using Confluent.Kafka;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>A consumer that reads partitions from their beginning and notes each record in the order of reading.</summary>
internal sealed class VerifyingReader(string bootstrapServers)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromMinutes(1);

    private readonly Dictionary<TopicPartition, List<ReadRecord>> reads = [];

    public int Count => reads.Values.Sum(records => records.Count);

    public IReadOnlyList<ReadRecord> Reads(TopicPartition partition) => reads[partition];

    /// <summary>
    /// Follows the partitions, and returns when it is at their ends: what they are is known when nothing more is written. When no record
    /// comes any more before that, it returns as well; the records that are missing then are counted as lost.
    /// </summary>
    public Task ReadTo(IReadOnlyCollection<TopicPartition> partitions, Task<IReadOnlyDictionary<TopicPartition, long>> ends)
        => Task.Factory.StartNew(() => Read(partitions, ends), TaskCreationOptions.LongRunning);

    private void Read(IReadOnlyCollection<TopicPartition> partitions, Task<IReadOnlyDictionary<TopicPartition, long>> ends)
    {
        var settings = new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "verified-unused",
            EnableAutoCommit = false,
            // An offset that the broker does not have is a fault, which the library must not hide.
            AutoOffsetReset = AutoOffsetReset.Error,
            CheckCrcs = true,
        };
        foreach (var partition in partitions)
            reads[partition] = [];
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(settings).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(partition, 0)));
        var silence = Stopwatch.StartNew();
        while (!(ends.IsCompleted && (silence.Elapsed > Patience || HasReadAll(ends))))
        {
            if (consumer.Consume(Poll) is not { } got)
                continue;
            silence.Restart();
            reads[got.TopicPartition].Add(
                new ReadRecord(got.Offset, VerifiableValue.NumberOf(got.Message.Value, got.Topic, got.Partition)));
        }
        consumer.Close();
    }

    private bool HasReadAll(Task<IReadOnlyDictionary<TopicPartition, long>> ends)
        => !ends.IsCompletedSuccessfully
            || ends.Result.All(end => end.Value == 0 || (reads[end.Key] is [.., var last] && last.Offset >= end.Value - 1));
}
