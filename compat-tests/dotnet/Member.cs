using System.Collections.Concurrent;
using Confluent.Kafka;

namespace KafkaCompatBroker.CompatTests.Dotnet;

/// <summary>A member of a group, consuming on a thread of its own.</summary>
internal sealed class Member : IDisposable
{
    private readonly IConsumer<byte[], byte[]> consumer;
    private readonly Thread thread;
    private readonly ManualResetEventSlim resume = new(initialState: true);
    private volatile bool leaving;
    private volatile int assignedCount;
    private Exception? failure;

    public Member(string bootstrapServers, string topic, string groupId)
    {
        var settings = new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = groupId,
            SessionTimeoutMs = 6000,
            // Librdkafka heartbeats on a thread of its own; a member whose application stops polling is cast out by this one instead.
            MaxPollIntervalMs = 6000,
            HeartbeatIntervalMs = 500,
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        };
        consumer = new ConsumerBuilder<byte[], byte[]>(settings)
            .SetPartitionsAssignedHandler((_, partitions) => assignedCount = partitions.Count)
            .SetPartitionsRevokedHandler((_, _) => assignedCount = 0)
            .Build();
        consumer.Subscribe(topic);
        thread = new Thread(Run) { IsBackground = true };
        thread.Start();
    }

    public int AssignedCount => assignedCount;

    /// <summary>What it has read; a record appears before its offset is committed.</summary>
    public ConcurrentQueue<TopicPartitionOffset> Seen { get; } = new();

    /// <summary>Commits, leaves the group and closes.</summary>
    public void Leave()
    {
        leaving = true;
        resume.Set();
        thread.Join();
        if (failure is not null)
            throw new InvalidOperationException("the member failed", failure);
    }

    /// <summary>Stops polling for good without a word to the group.</summary>
    public void FallSilent() => resume.Reset();

    public void Dispose()
    {
        Leave();
        consumer.Dispose();
    }

    private void Run()
    {
        try
        {
            Consume();
        }
        catch (Exception unexpected)
        {
            // Thrown on a thread of its own it would end the test process.
            failure = unexpected;
        }
    }

    private void Consume()
    {
        while (!leaving)
        {
            resume.Wait();
            try
            {
                if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { } got)
                    continue;
                Seen.Enqueue(got.TopicPartitionOffset);
                if (Seen.Count % 50 == 0)
                    consumer.Commit();
            }
            catch (KafkaException rebalancing) when (rebalancing is ConsumeException || !rebalancing.Error.IsFatal)
            {
                // The group moved on; the records come again to whoever has the partition now.
            }
        }
        try
        {
            consumer.Commit();
        }
        catch (KafkaException)
        {
            // Nothing to commit, or no longer a member.
        }
        consumer.Close();
    }
}
