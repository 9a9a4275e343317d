using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaCompatBroker.CompatTests.Dotnet;

/// <summary>Confluent.Kafka inside the test process.</summary>
public sealed class ConfluentKafkaTest(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    private const int RecordCount = 100_000;
    private static readonly CompressionType[] Codecs
        = [CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    public async Task Records_of_every_codec_come_back_after_a_restart(int partitions)
    {
        await CreateTopics(Codecs.Select(codec => Topic(codec, partitions)), partitions);
        foreach (var codec in Codecs)
            Produce(Topic(codec, partitions), codec, partitions, 0, RecordCount);
        await broker.Restart();
        foreach (var codec in Codecs)
            Verify(Topic(codec, partitions), partitions);
    }

    [Fact]
    public async Task A_group_misses_nothing_when_one_member_leaves_one_falls_silent_and_the_broker_is_killed()
    {
        const int partitions = 12, count = 9_000;
        const string topic = "dotnet-group-topic", groupId = "dotnet-group";
        await CreateTopics([topic], partitions);
        var members = Enumerable.Range(0, 3).Select(_ => new Member(broker.BootstrapServers, topic, groupId)).ToArray();
        try
        {
            await CompatTests.Admin.Until(
                "each member has four partitions", () => members.All(member => member.AssignedCount == partitions / 3));
            await ProduceAndAwait(0, count / 3);
            members[0].Leave();
            await ProduceAndAwait(count / 3, count * 2 / 3);
            members[1].FallSilent();
            await ProduceAndAwait(count * 2 / 3, count);
            members[2].Leave();
            using var admin = new CompatTests.Admin(broker.Port);
            var ends = admin.EndOffsets(topic, partitions);
            Assert.Equal(count, ends.Sum());
            Assert.Equal(ends, await admin.Committed(groupId, topic, partitions));
            await broker.KillAndStart();
            using var consumer = new ConsumerBuilder<byte[], byte[]>(
                new ConsumerConfig { BootstrapServers = broker.BootstrapServers, GroupId = groupId }).Build();
            var committed = consumer.Committed(
                Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition)), TimeSpan.FromSeconds(30));
            Assert.Equal(ends, committed.OrderBy(offset => offset.Partition.Value).Select(offset => offset.Offset.Value));
        }
        finally
        {
            foreach (var member in members)
                member.Dispose();
        }

        async Task ProduceAndAwait(int from, int to)
        {
            Produce(topic, CompressionType.None, partitions, from, to);
            await CompatTests.Admin.Until(
                $"{to} records are consumed", () => members.SelectMany(member => member.Seen).Distinct().Count() == to,
                TimeSpan.FromSeconds(60));
        }
    }

    [Fact]
    public async Task The_admin_client_creates_grows_and_deletes_topics()
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.BootstrapServers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = "dotnet-admin", NumPartitions = 2, ReplicationFactor = 1 }]);
        var again = await Assert.ThrowsAsync<CreateTopicsException>(
            () => admin.CreateTopicsAsync([new TopicSpecification { Name = "dotnet-admin", NumPartitions = 2, ReplicationFactor = 1 }]));
        Assert.Equal(ErrorCode.TopicAlreadyExists, again.Results[0].Error.Code);
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = "dotnet-admin", IncreaseTo = 4 }]);
        await CompatTests.Admin.Until(
            "four partitions show", () => admin.GetMetadata("dotnet-admin", TimeSpan.FromSeconds(5)).Topics[0].Partitions.Count == 4);
        await admin.DeleteTopicsAsync(["dotnet-admin"]);
        await CompatTests.Admin.Until(
            "it is gone", () => admin.GetMetadata(TimeSpan.FromSeconds(5)).Topics.All(topic => topic.Topic != "dotnet-admin"));
    }

    private static string Topic(CompressionType codec, int partitions) => $"dotnet-{partitions}-{codec}";

    private async Task CreateTopics(IEnumerable<string> topics, int partitions)
    {
        using var admin = new CompatTests.Admin(broker.Port);
        foreach (var topic in topics)
            await admin.CreateTopic(topic, partitions);
    }

    private void Produce(string topic, CompressionType codec, int partitions, int from, int to)
    {
        var settings = new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            EnableIdempotence = true,
            CompressionType = codec,
            QueueBufferingMaxMessages = 1_000_000,
        };
        var failures = new List<string>();
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(settings).Build();
        for (var i = from; i < to; i++)
        {
            var index = i;
            producer.Produce(new TopicPartition(topic, i % partitions), Expected(i), report =>
            {
                if (report.Error.IsError || report.Offset != index / partitions)
                    failures.Add($"record {index}: {report.Error.Reason}, offset {report.Offset}");
            });
        }
        producer.Flush(TimeSpan.FromSeconds(60));
        Assert.Empty(failures);
    }

    private void Verify(string topic, int partitions)
    {
        var settings = new ConsumerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            GroupId = "dotnet-unused",
            EnableAutoCommit = false,
            CheckCrcs = true,
        };
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(settings).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        var next = new long[partitions];
        for (var count = 0; count < RecordCount; count++)
        {
            var got = consumer.Consume(TimeSpan.FromSeconds(30))
                ?? throw new TimeoutException($"{count} of {RecordCount} records of {topic} came");
            var offset = next[got.Partition.Value]++;
            Assert.Equal(offset, got.Offset.Value);
            Assert.Equal(Text(Expected((int)offset * partitions + got.Partition.Value)), Text(got.Message));
        }
        Assert.Null(consumer.Consume(TimeSpan.FromMilliseconds(200)));
        consumer.Close();
    }

    private static Message<byte[]?, byte[]?> Expected(int i) => new()
    {
        Key = i % 11 == 0 ? null : Encoding.UTF8.GetBytes($"key-{i % 1000}"),
        Value = i % 101 == 0 ? null : Encoding.UTF8.GetBytes($"value-{i} {new string('x', i % 97)}"),
        Timestamp = new Timestamp(1_600_000_000_000 + i * 10L - i % 7 * 25L, TimestampType.CreateTime),
        Headers = i % 5 == 0
            ? [new Header("index", Encoding.UTF8.GetBytes($"{i}")), new Header("null", null)]
            : [new Header("index", Encoding.UTF8.GetBytes($"{i}"))],
    };

    private static string Text(Message<byte[]?, byte[]?> message)
        => $"{Text(message.Key)} {Text(message.Value)} {message.Timestamp.UnixTimestampMs} "
            + string.Join(';', message.Headers.Select(header => $"{header.Key}={Text(header.GetValueBytes())}"));

    private static string Text(byte[]? bytes) => bytes is null ? "null" : Encoding.UTF8.GetString(bytes);
}
