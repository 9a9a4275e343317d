using System.Text;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.CompatTests.Differential;

/// <summary>Topics that both brokers have before the first case, and batches with fixed contents.</summary>
internal static class Topics
{
    public const string One = "one";
    public const string Twelve = "twelve";

    /// <summary>Old clients may not send zstd; what is stored here is not read back.</summary>
    public const string ForZstd = "zstd";

    /// <summary>
    /// One partition with three batches of two records, offsets 0 to 5, timestamps from <see cref="FirstTimestamp"/> on, 100 ms apart.
    /// </summary>
    public const string Filled = "filled";
    public const long FirstTimestamp = 1_700_000_000_000;

    public static void Fill(Conversation conversation)
    {
        for (var batch = 0; batch < 3; batch++)
            conversation.Ask("fill", 3, ProduceTo(Filled, Batch(FirstTimestamp + batch * 200)));
    }

    /// <summary>Makes a topic that a script alone uses, and waits until its partitions are led: a Kafka of 4.x answers before.</summary>
    public static void Make(Conversation talk, string name, int partitions, params (string Name, string Value)[] settings)
    {
        talk.Ask("make", 4, new CreateTopicsRequest
        {
            TimeoutMs = 15_000,
            Topics = [new()
            {
                Name = name, NumPartitions = partitions, ReplicationFactor = 1,
                Configs = [.. settings.Select(
                    setting => new CreateTopicsRequest.CreatableTopicConfig { Name = setting.Name, Value = setting.Value })],
            }],
        });
        using var quiet = talk.Unrecorded();
        Admin.Until($"{name} is led", () => quiet.Ask("led", 7, new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [new()
            {
                Name = name,
                Partitions = [.. Enumerable.Range(0, partitions).Select(
                    index => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = index, Timestamp = -1 })],
            }],
        })!.Topics[0].Partitions.TrueForAll(partition => partition.ErrorCode == KafkaError.None)).GetAwaiter().GetResult();
    }

    /// <summary>A batch of two records.</summary>
    public static byte[] Batch(
        long timestamp = FirstTimestamp, CompressionType codec = CompressionType.None, ProducerIdAndEpoch? producer = null,
        int baseSequence = -1,
        bool transactional = false, bool control = false, int records = 2)
    {
        var builder = new RecordBatchBuilder
        {
            CompressionType = codec,
            Producer = producer ?? ProducerIdAndEpoch.None,
            BaseSequence = baseSequence,
            IsTransactional = transactional,
            IsControl = control,
        };
        for (var i = 0; i < records; i++)
            builder.Append(
                timestamp + i * 100, Encoding.UTF8.GetBytes($"key-{i}"), Encoding.UTF8.GetBytes($"value-{i}"), [new("header", [1, 2, 3])]);
        return builder.Build();
    }

    public static ProduceRequest ProduceTo(
        string topic, byte[]? records, int partition = 0, short acks = -1, int timeoutMs = 5000, string? transactionalId = null) => new()
    {
        TransactionalId = transactionalId,
        Acks = acks,
        TimeoutMs = timeoutMs,
        TopicData = [new()
        {
            Name = topic,
            PartitionData = [new() { Index = partition, Records = records is null ? null : new RecordBytes(records) }],
        }],
    };
}
