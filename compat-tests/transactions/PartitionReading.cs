using System.Diagnostics;
using System.Text;
using Confluent.Kafka;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>What a consumer of the C library reads of a partition from its beginning to its end.</summary>
internal static class PartitionReading
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10), Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>All records up to the end.</summary>
    public static List<ConsumeResult<byte[], byte[]>> Read(string bootstrapServers, TopicPartition partition, IsolationLevel isolation)
    {
        using var consumer = Consumer(bootstrapServers, isolation);
        var records = new List<ConsumeResult<byte[], byte[]>>();
        consumer.Assign(new TopicPartitionOffset(partition, Offset.Beginning));
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var got = consumer.Consume(Poll);
            if (got is { IsPartitionEOF: true })
                return records;
            if (got is not null)
                records.Add(got);
            Assert.True(waited.Elapsed < Patience, $"the end of {partition} is not reached");
        }
    }

    /// <summary>Waits until nothing in the partition waits for the end of its transaction; then reads what is committed.</summary>
    public static async Task<List<ConsumeResult<byte[], byte[]>>> ReadStable(string bootstrapServers, TopicPartition partition)
    {
        await Admin.Until($"all of {partition} is stable", () => IsStable(bootstrapServers, partition), Patience);
        return Read(bootstrapServers, partition, IsolationLevel.ReadCommitted);
    }

    public static IEnumerable<string> Values(IEnumerable<ConsumeResult<byte[], byte[]>> records)
        => records.Select(record => Encoding.UTF8.GetString(record.Message.Value));

    private static bool IsStable(string bootstrapServers, TopicPartition partition)
    {
        try
        {
            return End(bootstrapServers, partition, IsolationLevel.ReadCommitted)
                == End(bootstrapServers, partition, IsolationLevel.ReadUncommitted);
        }
        catch (KafkaException exception) when (exception.Error.Code == ErrorCode.NotLeaderForPartition)
        {
            // The leader has changed since the client asked who it is.
            return false;
        }
    }

    /// <summary>The last stable offset for who reads what is committed, else the high watermark.</summary>
    public static long End(string bootstrapServers, TopicPartition partition, IsolationLevel isolation)
    {
        using var consumer = Consumer(bootstrapServers, isolation);
        return consumer.QueryWatermarkOffsets(partition, Patience).High.Value;
    }

    private static IConsumer<byte[], byte[]> Consumer(string bootstrapServers, IsolationLevel isolation)
        => new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "unused",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            IsolationLevel = isolation,
        }).Build();
}
