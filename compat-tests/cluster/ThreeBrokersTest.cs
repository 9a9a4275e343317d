using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Hostile;
using KafkaCompatBroker.CompatTests.Verifiable;
using KafkaCompatBroker.CompatTests.ZooKeeper;
using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.CompatTests.Cluster;

/// <summary>
/// Clusters of ours alone and of ours and Kafka's beside each other: idempotent producers write all along while brokers are killed and
/// restarted, and everything that was acknowledged is read in order, once. CLUSTER_ROUNDS has each broker killed so many times.
/// </summary>
public sealed class ThreeBrokersTest(ZooKeepers zooKeepers) : IClassFixture<ZooKeepers>
{
    private const string Kafka = BrokerUnderTest.Kafka39;
    private const int PartitionCount = 3;
    private static readonly CompressionType[] Codecs = [CompressionType.None, CompressionType.Lz4];

    private static int Rounds => HostileTest.Given("CLUSTER_ROUNDS", 1);

    [NeedsTheory(Need.Java, Need.ZooKeepers)]
    [InlineData(null, null, null)]
    [InlineData(null, Kafka, Kafka)]
    [InlineData(Kafka, null, null)]
    public async Task Nothing_acknowledged_is_lost_while_each_broker_is_killed_and_restarted_in_turn(
        string? first, string? second, string? third)
    {
        var server = await zooKeepers.Start("3.8.4");
        await using var cluster = new ThreeBrokers($"{server.Connect}/kafka", first, second, third);
        await cluster.Start();
        var history = new ClientHistory();
        var writers = Codecs.Select(codec => new VerifiableWriter(history, cluster.BootstrapServers, codec, PartitionCount)).ToArray();
        var topics = writers.Select(writer => writer.Topic).ToArray();
        foreach (var topic in topics)
            await Peers.Java(
                "2.8", "kafka-topics", "--zookeeper", $"{server.Connect}/kafka", "--create", "--topic", topic, "--partitions",
                $"{PartitionCount}", "--replication-factor", $"{ThreeBrokers.Replicas}").Run();
        await ThreeBrokers.UntilWhole(cluster.All[0], topics);

        using (var stop = new CancellationTokenSource())
        {
            var writing = Task.WhenAll(writers.Select(writer => writer.Write(stop.Token)));
            for (var round = 0; round < Rounds; round++)
                await KillEachInTurn(cluster, topics);
            foreach (var broker in cluster.All)
            {
                await broker.Restart();
                await ThreeBrokers.UntilWhole(broker, topics);
            }
            await stop.CancelAsync();
            await writing;
        }
        await Check(cluster, history, writers);

        foreach (var broker in cluster.All)
            await broker.Stop();
        cluster.CheckCopies(topics);
    }

    private static async Task KillEachInTurn(ThreeBrokers cluster, string[] topics)
    {
        for (var index = 0; index < cluster.All.Count; index++)
        {
            await cluster.All[index].Kill();
            await cluster.UntilLedByOthers(index, topics);
            await cluster.All[index].Start();
            await ThreeBrokers.UntilWhole(cluster.All[index], topics);
        }
    }

    private static async Task Check(ThreeBrokers cluster, ClientHistory history, VerifiableWriter[] writers)
    {
        var partitions = writers.SelectMany(writer => writer.Partitions).ToList();
        var reader = new VerifyingReader(history, "reader", cluster.BootstrapServers);
        await reader.ReadTo(partitions, Task.FromResult(Ends(cluster, partitions)));
        var events = history.ToList();
        Assert.Equal(
            partitions.Count, events.OfType<ProduceAcknowledged>().Select(acknowledged => acknowledged.Partition).Distinct().Count());
        Assert.Empty(writers.SelectMany(writer => writer.Failures).Concat(reader.Missed).Take(20));
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: true).Take(20));
    }

    private static IReadOnlyDictionary<TopicPartition, long> Ends(ThreeBrokers cluster, IEnumerable<TopicPartition> partitions)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(
            new ConsumerConfig { BootstrapServers = cluster.BootstrapServers, GroupId = "unused" }).Build();
        return partitions.ToDictionary(
            partition => partition, partition => consumer.QueryWatermarkOffsets(partition, TimeSpan.FromSeconds(30)).High.Value);
    }
}
