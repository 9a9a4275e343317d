using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Testing;

namespace KafkaCompatBroker.Tests.Unit.Testing;

public sealed class KafkaBrokerTest
{
    [Fact]
    public async Task Several_brokers_run_at_once_and_know_nothing_of_each_other()
    {
        await using var first = await KafkaBroker.StartAsync().WaitAsync(RawRequests.Deadline);
        await using var second = await KafkaBroker.StartAsync().WaitAsync(RawRequests.Deadline);
        Assert.NotEqual(first.BootstrapServers, second.BootstrapServers);
        Assert.NotEqual(await ClusterIdOf(first), await ClusterIdOf(second));
    }

    [Fact]
    public async Task A_broker_in_a_folder_of_its_users_comes_back_as_the_same_cluster()
    {
        var folder = Directory.CreateTempSubdirectory("kafka-test-");
        try
        {
            var clusterIds = new List<string?>();
            for (var start = 0; start < 2; start++)
            {
                await using var kafka = await KafkaBroker.StartAsync(
                    new KafkaBrokerOptions { DataFolder = folder.FullName }).WaitAsync(RawRequests.Deadline);
                clusterIds.Add(await ClusterIdOf(kafka));
            }
            Assert.NotNull(clusterIds[0]);
            Assert.Equal(clusterIds[0], clusterIds[1]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_folder_may_be_named_with_a_slash_at_its_end()
    {
        var folder = Directory.CreateTempSubdirectory("kafka-test-");
        try
        {
            var options = new KafkaBrokerOptions { DataFolder = folder.FullName + "/" };
            await using (await KafkaBroker.StartAsync(options).WaitAsync(RawRequests.Deadline))
                Assert.True(File.Exists(Path.Combine(folder.FullName, "meta.properties")));
            await using var again = await KafkaBroker.StartAsync(options).WaitAsync(RawRequests.Deadline);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_temporary_folder_goes_with_its_broker()
    {
        string folder;
        await using (var kafka = await KafkaBroker.StartAsync().WaitAsync(RawRequests.Deadline))
        {
            folder = kafka.DataFolder;
            Assert.True(File.Exists(Path.Combine(folder, "meta.properties")));
        }
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Two_brokers_cannot_share_a_folder()
    {
        await using var first = await KafkaBroker.StartAsync().WaitAsync(RawRequests.Deadline);
        var error = await Assert.ThrowsAsync<StartupError>(
            () => KafkaBroker.StartAsync(new KafkaBrokerOptions { DataFolder = first.DataFolder }).WaitAsync(RawRequests.Deadline));
        Assert.Contains(first.DataFolder, error.Message, StringComparison.Ordinal);
    }

    private static async Task<string?> ClusterIdOf(KafkaBroker kafka)
        => (await RawRequests.Ask(kafka.BootstrapServers, 9, new MetadataRequest { Topics = [] })).ClusterId;
}
