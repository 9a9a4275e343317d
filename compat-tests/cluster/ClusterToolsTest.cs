using System.Text.Json;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.CompatTests.Tools;
using KafkaCompatBroker.CompatTests.ZooKeeper;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Cluster;

/// <summary>
/// Kafka's tools print against three of ours what they print against three of Kafka 3.9: through the loss of a broker and its return, moves
/// of replicas between brokers with throttles, one that is cancelled, and deletions of records. MirrorMaker takes a topic with its settings
/// from such a cluster.
/// </summary>
public sealed class ClusterToolsTest(ZooKeepers zooKeepers) : IClassFixture<ZooKeepers>
{
    private const string Topic = "moved";
    private const int PartitionCount = 3;
    private const int LostIndex = 2;
    private const int LargeBatches = 12, LargeBatch = 9000, SmallBatches = 2, SmallBatch = 3;

    [NeedsFact(Need.Java, Need.ZooKeepers)]
    public async Task Tools_print_what_they_print_against_a_cluster_of_Kafka()
    {
        await using var kafka = await Start("tools-of-kafka", BrokerUnderTest.Kafka39);
        await using var ours = await Start("tools-of-ours", BrokerUnderTest.KafkaWanted);
        ThreeBrokers[] clusters = [kafka, ours];
        using var plans = new Plans();

        await Alike("kafka-topics", "--create", "--topic", Topic, "--replica-assignment", "1:2,2:3,3:1");
        await Alike("kafka-topics", "--create", "--topic", "wide", "--partitions", "1", "--replication-factor", "4");
        await Each(cluster => Task.Run(() => Fill(cluster)));
        await Alike("kafka-topics", "--describe", "--topic", Topic);
        await Alike("kafka-log-dirs", "--describe", "--topic-list", Topic);

        await Each(Lose);
        await Alike("kafka-topics", "--describe", "--under-replicated-partitions");
        await Alike("kafka-topics", "--describe", "--under-min-isr-partitions");
        await Alike("kafka-topics", "--describe", "--unavailable-partitions");
        await Alike("kafka-log-dirs", "--describe", "--topic-list", Topic, "--broker-list", "1,3");
        await Alike("kafka-leader-election", "--election-type", "preferred", "--topic", Topic, "--partition", "2");
        await Each(cluster => cluster.All[LostIndex].Start());
        await Each(cluster => UntilReplicas(cluster, [1, 2], [2, 3], [3, 1]));
        await Alike("kafka-leader-election", "--election-type", "preferred", "--topic", Topic, "--partition", "2");
        await Alike("kafka-leader-election", "--election-type", "preferred", "--topic", Topic, "--partition", "0");

        var plan = plans.Move((0, [3, 1]), (1, [1, 2]));
        await Alike("kafka-reassign-partitions", "--execute", "--throttle", "50000000", "--reassignment-json-file", plan);
        await Each(cluster => UntilReplicas(cluster, [3, 1], [1, 2], [3, 1]));
        await Alike("kafka-reassign-partitions", "--verify", "--reassignment-json-file", plan);
        await Alike("kafka-configs", "--describe", "--entity-type", "topics", "--entity-name", Topic);
        await Alike("kafka-topics", "--describe", "--topic", Topic);

        // A byte a second for more than one fetch brings.
        plan = plans.Move((0, [2, 1]));
        await Alike("kafka-reassign-partitions", "--execute", "--throttle", "1", "--reassignment-json-file", plan);
        await Alike("kafka-reassign-partitions", "--list");
        await Alike("kafka-reassign-partitions", "--verify", "--preserve-throttles", "--reassignment-json-file", plan);
        await Alike("kafka-reassign-partitions", "--cancel", "--reassignment-json-file", plan);
        await Alike("kafka-reassign-partitions", "--list");
        // In the order of what a move keeps and what it would have removed.
        await Each(cluster => UntilReplicas(cluster, [1, 3], [1, 2], [3, 1]));
        await Alike("kafka-configs", "--describe", "--entity-type", "topics", "--entity-name", Topic);

        await Alike("kafka-delete-records", "--offset-json-file", plans.Delete((0, 5), (1, -1), (2, 0)));
        await Alike("kafka-get-offsets", "--topic", Topic, "--time", "-2");
        await Alike("kafka-get-offsets", "--topic", Topic, "--time", "-1");
        await Alike("kafka-topics", "--alter", "--topic", Topic, "--partitions", "4", "--replica-assignment", "1:2,2:3,3:1,2:1");
        await Alike("kafka-features", "describe");
        await Alike("kafka-acls", "--list");

        Task Each(Func<ThreeBrokers, Task> action) => Task.WhenAll(clusters.Select(action));

        Task Alike(string tool, params string[] arguments) => ToolOutput.AssertAlike(tool, arguments, kafka.All, ours.All);
    }

    [NeedsFact(Need.Java, Need.ZooKeepers)]
    public async Task MirrorMaker_copies_a_topic_with_its_settings()
    {
        await using var source = await Start("mirrored", BrokerUnderTest.KafkaWanted);
        var target = new BrokerUnderTest();
        try
        {
            await target.InitializeAsync();
            await Peers.Java(
                "3.9", "kafka-topics", "--bootstrap-server", source.BootstrapServers, "--create", "--topic", Topic, "--replica-assignment",
                "1:2,2:3,3:1", "--config", "retention.ms=123456789", "--config", "segment.bytes=1234567").Run();
            Fill(source);
            var file = Path.GetTempFileName();
            await File.WriteAllLinesAsync(file,
            [
                "clusters=source,target", $"source.bootstrap.servers={source.BootstrapServers}",
                $"target.bootstrap.servers={target.BootstrapServers}", "source->target.enabled=true", $"source->target.topics={Topic}",
                "target->source.enabled=false", "replication.factor=1", "checkpoints.topic.replication.factor=1",
                "heartbeats.topic.replication.factor=1", "offset-syncs.topic.replication.factor=1", "offset.storage.replication.factor=1",
                "status.storage.replication.factor=1", "config.storage.replication.factor=1", "refresh.topics.interval.seconds=1",
                "sync.topic.configs.interval.seconds=1", "sync.topic.acls.enabled=false", "offset.flush.interval.ms=1000",
            ]);
            using var mirrorMaker = Peers.Java("3.9", "org.apache.kafka.connect.mirror.MirrorMaker", file).Start();
            await Admin.Until(() => $"the topic is mirrored with its settings: {Mirrored()}\n{mirrorMaker.Tail()}", () => Mirrored()
                == ("123456789", "1234567", $"{LargeBatches * LargeBatch},{SmallBatches * SmallBatch},{SmallBatches * SmallBatch}"));
            File.Delete(file);
        }
        finally
        {
            await target.DisposeAsync();
        }

        (string?, string?, string) Mirrored()
        {
            using var talk = new Conversation(target.Port);
            var name = $"source.{Topic}";
            var described = talk.Ask("configs", 1, new DescribeConfigsRequest
            {
                Resources = [new() { ResourceType = 2, ResourceName = name, ConfigurationKeys = ["retention.ms", "segment.bytes"] }],
            })!.Results[0].Configs;
            return (ValueOf("retention.ms"), ValueOf("segment.bytes"), string.Join(',', Enumerable.Range(0, PartitionCount).Select(EndOf)));

            long EndOf(int partition) => talk.Ask("end", 1, new ListOffsetsRequest
            {
                ReplicaId = -1,
                Topics = [new() { Name = name, Partitions = [new() { PartitionIndex = partition, Timestamp = -1 }] }],
            })!.Topics[0].Partitions[0].Offset;

            string? ValueOf(string setting) => described.Find(config => config.Name == setting)?.Value;
        }
    }

    private async Task<ThreeBrokers> Start(string path, string? release)
    {
        var server = await zooKeepers.Shared("3.8.4");
        var cluster = new ThreeBrokers($"{server.Connect}/{path}", release, release, release);
        await cluster.Start();
        return cluster;
    }

    /// <summary>3 MB to the first partition, a little to the others.</summary>
    private static void Fill(ThreeBrokers cluster)
    {
        for (var partition = 0; partition < PartitionCount; partition++)
        {
            using var talk = new Conversation(cluster.All[partition].Port);
            for (var batch = 0; batch < (partition == 0 ? LargeBatches : SmallBatches); batch++)
            {
                var records = Topics.Batch(
                    DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), records: partition == 0 ? LargeBatch : SmallBatch);
                var answer = talk.Ask("fill", 3, Topics.ProduceTo(Topic, records, partition));
                Assert.Equal(KafkaError.None, answer!.Responses[0].PartitionResponses[0].ErrorCode);
            }
        }
    }

    private static async Task Lose(ThreeBrokers cluster)
    {
        await cluster.All[LostIndex].Kill();
        foreach (var broker in cluster.All.Take(LostIndex))
            await Admin.Until("the others lead, and know that it is lost", () => ThreeBrokers.Partitions(broker, [Topic]).All(
                partition => partition.LeaderId is > 0 and not LostIndex + 1 && !partition.IsrNodes.Contains(LostIndex + 1)));
    }

    /// <summary>Each broker knows the partitions to have these replicas, all in sync.</summary>
    private static async Task UntilReplicas(ThreeBrokers cluster, params int[][] replicas)
    {
        var wanted = string.Join(' ', replicas.Select(Whole));
        foreach (var broker in cluster.All)
            await Admin.Until(
                () => $"{broker.BootstrapServers} knows of replicas {wanted}: {Known(broker)}", () => Known(broker) == wanted);

        static string Known(BrokerUnderTest broker) => string.Join(' ', ThreeBrokers.Partitions(broker, [Topic])
            .OrderBy(partition => partition.PartitionIndex).Select(partition => partition.ReplicaNodes.Count == partition.IsrNodes.Count
                ? Whole(partition.ReplicaNodes) : $"{Whole(partition.ReplicaNodes)} of which in sync {Whole(partition.IsrNodes)}"));

        static string Whole(IEnumerable<int> replicas) => $"[{string.Join(',', replicas)}]";
    }

    /// <summary>Files that tools read their tasks from.</summary>
    private sealed class Plans : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("cluster-tools-").FullName;
        private int count;

        public string Move(params (int Partition, int[] Replicas)[] moves) => Write(new
        {
            version = 1,
            partitions = moves.Select(move => new { topic = Topic, partition = move.Partition, replicas = move.Replicas }),
        });

        public string Delete(params (int Partition, long Offset)[] offsets) => Write(new
        {
            version = 1,
            partitions = offsets.Select(offset => new { topic = Topic, partition = offset.Partition, offset = offset.Offset }),
        });

        public void Dispose() => Directory.Delete(folder, recursive: true);

        private string Write(object plan)
        {
            var file = Path.Combine(folder, $"{count++}.json");
            File.WriteAllText(file, JsonSerializer.Serialize(plan));
            return file;
        }
    }
}
