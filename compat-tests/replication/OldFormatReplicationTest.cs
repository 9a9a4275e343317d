using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Protocol.Legacy;

namespace KafkaCompatBroker.CompatTests.Replication;

/// <summary>
/// Segments of a Kafka of before 0.11, which one broker has and another one copies: ours from Kafka 3.9, and the other way.
/// </summary>
public sealed class OldFormatReplicationTest() : OnRealZooKeeper("kafka-old-formats-")
{
    private const string Topic = "oldformats", Kafka = BrokerUnderTest.Kafka39;
    private const int OldRecords = 240;

    [NeedsTheory(Need.Java)]
    [InlineData(Kafka, null)]
    [InlineData(null, Kafka)]
    [InlineData(null, null)]
    public async Task A_follower_gets_the_leaders_old_segments_byte_for_byte(string? leaderRelease, string? followerRelease)
    {
        var (leader, follower) = (Broker(1, leaderRelease), Broker(2, followerRelease));
        try
        {
            await leader.InitializeAsync();
            await follower.InitializeAsync();
            await CreateTopic(leader);
            await follower.Stop();
            await leader.Stop();
            PutOldSegment(leader.DataFolder);

            await leader.Start();
            Assert.Equal(OldRecords, EndOffset(leader));
            await follower.Start();
            await Admin.Until("the follower has all", () => InSync(leader) == 2);
            Produce(leader);
            await Admin.Until("and what came behind", () => InSync(leader) == 2 && EndOffset(leader) == OldRecords + 2);

            await leader.Stop();
            await Admin.Until("the follower leads", () => Partition(follower)?.LeaderId == 2);
            Assert.Equal(OldRecords + 2, EndOffset(follower));
            await follower.Stop();
            Assert.Equal(Records(leader), Records(follower));
        }
        finally
        {
            await follower.DisposeAsync();
            await leader.DisposeAsync();
        }
    }

    private BrokerUnderTest Broker(int id, string? release) => new(BrokerUnderTest.IsKafkaWanted ? Kafka : release, new()
    {
        ["broker.id"] = $"{id}",
        ["zookeeper.connect"] = $"{ZooKeeper.Connect}/kafka",
        ["inter.broker.protocol.version"] = "3.9",
        ["replica.fetch.max.bytes"] = "1000",
        ["controlled.shutdown.max.retries"] = "3",
    });

    private static async Task CreateTopic(BrokerUnderTest leader)
    {
        using var talk = new Conversation(leader.Port);
        await Admin.Until("both are known", () => talk.Ask("brokers", 4, new MetadataRequest { Topics = [] })!.Brokers.Count == 2);
        talk.Ask("create", 4, new CreateTopicsRequest
        {
            TimeoutMs = 15_000,
            Topics = [new()
            {
                Name = Topic, NumPartitions = -1, ReplicationFactor = -1,
                Assignments = [new() { PartitionIndex = 0, BrokerIds = [1, 2] }],
            }],
        });
        await Admin.Until("the topic is led", () => InSync(leader) == 2);
    }

    /// <summary>What a Kafka 0.8 and a Kafka 0.10 would have left, in the place of the empty segment.</summary>
    private static void PutOldSegment(string dataFolder)
    {
        var records = new List<byte>();
        for (var offset = 0; offset < OldRecords; offset += 3)
            records.AddRange(OldMessages.Stored(
                offset < OldRecords / 2 ? (sbyte)0 : (sbyte)1, (CompressionType)(offset / 3 % 4), offset, 3,
                Topics.FirstTimestamp + offset));
        var partition = Path.Combine(dataFolder, $"{Topic}-0");
        foreach (var file in Directory.EnumerateFiles(partition).Where(file => Path.GetFileName(file) != "partition.metadata"))
            File.Delete(file);
        File.WriteAllBytes(Path.Combine(partition, "00000000000000000000.log"), [.. records]);
        File.Delete(Path.Combine(dataFolder, ".kafka_cleanshutdown"));
    }

    private static void Produce(BrokerUnderTest leader)
    {
        using var talk = new Conversation(leader.Port);
        var answer = talk.Ask("produce", 7, Topics.ProduceTo(Topic, Topics.Batch()))!;
        Assert.Equal(KafkaError.None, answer.Responses[0].PartitionResponses[0].ErrorCode);
    }

    private static int InSync(BrokerUnderTest asked) => Partition(asked) is { LeaderId: 1 } partition ? partition.IsrNodes.Count : 0;

    private static MetadataResponse.MetadataResponsePartition? Partition(BrokerUnderTest asked)
    {
        using var talk = new Conversation(asked.Port);
        return talk.Ask("state", 4, new MetadataRequest { Topics = [new() { Name = Topic }] })?.Topics is [{ Partitions: [var partition] }]
            ? partition
            : null;
    }

    private static long EndOffset(BrokerUnderTest asked)
    {
        using var talk = new Conversation(asked.Port);
        return talk.Ask("end", 1, new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }] }],
        })!.Topics[0].Partitions[0].Offset;
    }

    private static byte[] Records(BrokerUnderTest broker)
        => [.. Directory.EnumerateFiles(Path.Combine(broker.DataFolder, $"{Topic}-0"), "*.log").Order(StringComparer.Ordinal)
            .SelectMany(File.ReadAllBytes)];
}
