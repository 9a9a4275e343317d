using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Testing;
using KafkaCompatBroker.Tests.Unit.Replication;

namespace KafkaCompatBroker.Tests.Unit.Testing;

public sealed class KafkaClusterTest
{
    private const string Topic = "copied";

    [Fact]
    public async Task What_is_acknowledged_outlives_its_leader_which_comes_back_among_the_replicas()
    {
        await using var cluster = await KafkaCluster.StartAsync(brokers: 3).WaitAsync(RawRequests.Deadline);
        await CreateTopic(cluster);
        var before = await Described(cluster, partition => partition.IsrNodes.Count == 3);
        Assert.Equal(0, (await Produce(cluster, before.LeaderId)).BaseOffset);
        await cluster.Kill(before.LeaderId).WaitAsync(RawRequests.Deadline);
        Assert.False(cluster.IsRunning(before.LeaderId));
        var after = await Described(cluster, partition => partition.LeaderId != before.LeaderId && partition.LeaderId >= 0);
        Assert.DoesNotContain(before.LeaderId, after.IsrNodes);
        Assert.Equal(1, (await Produce(cluster, after.LeaderId)).BaseOffset);
        await cluster.Start(before.LeaderId).WaitAsync(RawRequests.Deadline);
        await Described(cluster, partition => partition.IsrNodes.Count == 3);
    }

    [Fact]
    public async Task A_broker_that_is_stopped_has_others_lead_and_comes_back_at_its_address()
    {
        await using var cluster = await KafkaCluster.StartAsync(brokers: 2).WaitAsync(RawRequests.Deadline);
        var servers = cluster.BootstrapServers;
        await CreateTopic(cluster);
        var leader = (await Described(cluster, partition => partition.IsrNodes.Count == 2)).LeaderId;
        await cluster.Stop(leader).WaitAsync(RawRequests.Deadline);
        await Described(cluster, partition => partition.LeaderId == 3 - leader);
        Assert.True(File.Exists(CleanMark(cluster, leader)));
        await cluster.Start(leader).WaitAsync(RawRequests.Deadline);
        Assert.Equal(servers, cluster.BootstrapServers);
        await cluster.Kill(leader).WaitAsync(RawRequests.Deadline);
        Assert.False(File.Exists(CleanMark(cluster, leader)));
    }

    [Fact]
    public async Task Clusters_beside_each_other_know_nothing_of_each_other()
    {
        await using var first = await KafkaCluster.StartAsync(brokers: 2).WaitAsync(RawRequests.Deadline);
        await using var second = await KafkaCluster.StartAsync(brokers: 2).WaitAsync(RawRequests.Deadline);
        var (one, other) = (await Metadata(first), await Metadata(second));
        Assert.NotEqual(one.ClusterId, other.ClusterId);
        Assert.Equal((2, 2), (one.Brokers.Count, other.Brokers.Count));
    }

    [Fact]
    public async Task A_cluster_in_a_folder_of_its_users_comes_back_with_its_topics_and_one_in_a_temporary_folder_takes_it_along()
    {
        string temporary;
        await using (var cluster = await KafkaCluster.StartAsync(brokers: 1).WaitAsync(RawRequests.Deadline))
            temporary = cluster.DataFolder;
        Assert.False(Directory.Exists(temporary));

        var folder = Directory.CreateTempSubdirectory("kafka-test-");
        try
        {
            var options = new KafkaClusterOptions
            {
                DataFolder = folder.FullName,
                SettingsOf = id => new Dictionary<string, string> { ["broker.rack"] = $"rack-{id}" },
            };
            await using (var cluster = await KafkaCluster.StartAsync(brokers: 2, options).WaitAsync(RawRequests.Deadline))
                await CreateTopic(cluster);
            await using var again = await KafkaCluster.StartAsync(brokers: 2, options).WaitAsync(RawRequests.Deadline);
            await Described(again, partition => partition.IsrNodes.Count == 2);
            Assert.Equal(["rack-1", "rack-2"], (await Metadata(again)).Brokers.Select(broker => broker.Rack).Order(StringComparer.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task What_cannot_be_done_is_said()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => KafkaCluster.StartAsync(brokers: 0));
        var wrong = new KafkaClusterOptions { Settings = { ["log.segment.bytes"] = "one" } };
        await Assert.ThrowsAsync<StartupError>(() => KafkaCluster.StartAsync(brokers: 1, wrong).WaitAsync(RawRequests.Deadline));
        await using var cluster = await KafkaCluster.StartAsync(brokers: 1).WaitAsync(RawRequests.Deadline);
        await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.Start(1));
        await Assert.ThrowsAsync<ArgumentException>(() => cluster.Kill(2));
        await cluster.Stop(1).WaitAsync(RawRequests.Deadline);
        await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.Stop(1));
    }

    private static string CleanMark(KafkaCluster cluster, int id) => Path.Combine(cluster.DataFolder, $"{id}", ".kafka_cleanshutdown");

    /// <summary>Of one partition, which every broker copies.</summary>
    private static async Task CreateTopic(KafkaCluster cluster)
    {
        var request = new CreateTopicsRequest
        {
            TimeoutMs = 30_000,
            Topics = [new() { Name = Topic, NumPartitions = 1, ReplicationFactor = (short)cluster.Brokers.Count }],
        };
        var controller = (await Metadata(cluster)).ControllerId;
        Assert.Equal(KafkaError.None, (await RawRequests.Ask(AddressOf(cluster, controller), 5, request)).Topics[0].ErrorCode);
    }

    private static async Task<ProduceResponse.PartitionProduceResponse> Produce(KafkaCluster cluster, int leader)
    {
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [new() { Name = Topic, PartitionData = [new() { Records = new RecordBytes(BrokerWorld.Batch("value")) }] }],
        };
        var answer = (await RawRequests.Ask(AddressOf(cluster, leader), 7, request)).Responses[0].PartitionResponses[0];
        Assert.Equal(KafkaError.None, answer.ErrorCode);
        return answer;
    }

    /// <summary>The topic's partition once it is as it should be, as all running brokers tell it.</summary>
    private static async Task<MetadataResponse.MetadataResponsePartition> Described(
        KafkaCluster cluster, Func<MetadataResponse.MetadataResponsePartition, bool> isSo)
    {
        using var late = new CancellationTokenSource(RawRequests.Deadline);
        while (true)
        {
            late.Token.ThrowIfCancellationRequested();
            var told = await Task.WhenAll(Running(cluster).Select(async id
                => (await RawRequests.Ask(AddressOf(cluster, id), 9, Asked())).Topics[0].Partitions.FirstOrDefault()));
            if (told.All(partition => partition is not null && isSo(partition)))
                return told[0]!;
        }
    }

    private static Task<MetadataResponse> Metadata(KafkaCluster cluster)
        => RawRequests.Ask(AddressOf(cluster, Running(cluster).First()), 9, Asked());

    private static MetadataRequest Asked() => new() { Topics = [new() { Name = Topic }], AllowAutoTopicCreation = false };

    private static IEnumerable<int> Running(KafkaCluster cluster) => cluster.Brokers.Where(cluster.IsRunning);

    private static string AddressOf(KafkaCluster cluster, int id) => cluster.BootstrapServers.Split(',')[id - 1];
}
