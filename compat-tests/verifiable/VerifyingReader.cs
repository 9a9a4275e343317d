using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;
using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.CompatTests.Verifiable;

/// <summary>A consumer that reads partitions from their beginning; the history is told of each record in the order of reading.</summary>
/// <param name="nameOf">What a record is called in the history; by its value where it is not given.</param>
internal sealed class VerifyingReader(
    ClientHistory history, string name, string bootstrapServers, Func<ConsumeResult<Ignore, byte[]>, string>? nameOf = null)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TopicPartition, long> positions = new();
    private volatile FollowingConsumer? follower;
    private int count;

    /// <summary>How many records it has read.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>Partitions whose ends it did not come to, and how far it came.</summary>
    public IReadOnlyList<string> Missed { get; private set; } = [];

    /// <inheritdoc cref="FollowingConsumer.Logged"/>
    public IReadOnlyCollection<string> Logged => follower?.Logged ?? [];

    /// <inheritdoc cref="FollowingConsumer.Deaths"/>
    public int Deaths => follower?.Deaths ?? 0;

    /// <summary>The offset after the last one that it has read.</summary>
    public long Position(TopicPartition partition) => positions.GetValueOrDefault(partition);

    /// <summary>
    /// Follows the partitions, and returns when it is at their ends: what they are is known when nothing more is written. When no record
    /// comes any more before that, it returns as well, and <see cref="Missed"/> tells.
    /// </summary>
    public Task ReadTo(IReadOnlyCollection<TopicPartition> partitions, Task<IReadOnlyDictionary<TopicPartition, long>> ends)
        => Task.Factory.StartNew(() => Read(partitions, ends), TaskCreationOptions.LongRunning);

    private void Read(IReadOnlyCollection<TopicPartition> partitions, Task<IReadOnlyDictionary<TopicPartition, long>> ends)
    {
        foreach (var partition in partitions)
        {
            positions[partition] = 0;
            history.ReadsFrom(name, Told(partition), 0);
        }
        using var consumer = follower = new FollowingConsumer(bootstrapServers, partitions);
        var silence = Stopwatch.StartNew();
        while (!(ends.IsCompleted && (silence.Elapsed > Patience || HasReadAll(ends))))
        {
            if (consumer.Consume(Poll) is not { } got)
                continue;
            silence.Restart();
            history.Read(name, Told(got.TopicPartition), got.Offset, NameOf(got));
            positions[got.TopicPartition] = got.Offset + 1;
            Interlocked.Increment(ref count);
        }
        if (ends.IsCompletedSuccessfully)
            Missed = [.. ends.Result.Where(end => positions[end.Key] < end.Value).Select(
                end => $"{name} came to {positions[end.Key]} of {end.Value} in {end.Key}")];
    }

    private bool HasReadAll(Task<IReadOnlyDictionary<TopicPartition, long>> ends)
        => !ends.IsCompletedSuccessfully || ends.Result.All(end => positions[end.Key] >= end.Value);

    private string NameOf(ConsumeResult<Ignore, byte[]> got)
        => nameOf?.Invoke(got) ?? VerifiableValue.NameOf(got.Message.Value, got.Topic, got.Partition);

    private static Kernel.Model.TopicPartition Told(TopicPartition partition) => new(partition.Topic, partition.Partition);
}
