using System.Text;
using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Composition;

/// <summary>A broker that runs alone on folders whose topics it does not know, as those of a Kafka; and the way back.</summary>
public sealed class FolderAdoptionTest
{
    private EnsembleFixture fixture = new();

    [Fact]
    public void Without_an_answer_the_start_stops_and_says_which_answers_there_are()
    {
        Folders();
        var refusal = Alone(() => fixture.Refusal());
        Assert.StartsWith("log.dirs: /data1/orders-0 and 3 more are partitions of 2 topics, and", refusal, StringComparison.Ordinal);
        foreach (var answer in (string[])["zookeeper.connect", "put the file back", "--adopt"])
            Assert.Contains(answer, refusal, StringComparison.Ordinal);
        Assert.False(fixture.World.Disk.FileExists("/data1/embedded-zookeeper.journal"));
    }

    [Fact]
    public void Adopted_topics_have_their_ids_and_partitions_and_records_and_go_on()
    {
        var (cluster, ids) = Folders();
        var server = Adopt();
        Assert.Equal(cluster, server.ClusterId.Value);
        Assert.Equal(ids, Ids());
        Assert.Equal(3, fixture.Metadata("orders").Topics[0].Partitions.Count(partition => partition.LeaderId == 1));
        Assert.Equal(KafkaError.None, fixture.Produce("orders"));
        Assert.Equal(2, End("orders"));
        fixture.Stop(server);
        // What is adopted is known from here on.
        fixture.Settings.Remove("log.dirs.adopt");
        fixture.Stop(Alone(() => fixture.Start()));
    }

    [Fact]
    public void Leader_epochs_go_on_behind_those_of_the_folders()
    {
        Folders();
        fixture.World.Disk.ReplaceAtomically("/data1/orders-0/leader-epoch-checkpoint", "0\n1\n41 0\n"u8);
        var server = Adopt();
        Assert.Equal(42, fixture.Metadata("orders").Topics[0].Partitions.Single(partition => partition.PartitionIndex == 0).LeaderEpoch);
        fixture.Stop(server);
    }

    [Theory]
    [InlineData("/data1/orders-1", "topic orders has a folder for partition 2 and none for 1")]
    [InlineData("/data1/orders-0/partition.metadata=garbage", "/data1/orders-0/partition.metadata is not a partition metadata file")]
    [InlineData("/data1/orders-0/partition.metadata=version: 0\ntopic_id: AAAAAAAAQAiAAAAAAAAAAQ", "and both are called orders")]
    [InlineData("/data1/meta.properties=version=0\nbroker.id=5\n", "broker.id is 1, but meta.properties in /data1 says 5")]
    public void Folders_that_make_no_whole_topics_stop_the_start(string change, string why)
    {
        Folders();
        if (change.Split('=', 2) is [var path, var text])
            fixture.World.Disk.ReplaceAtomically(path, Encoding.UTF8.GetBytes(text));
        else
            fixture.World.Disk.DeleteDirectory(change);
        fixture.Settings["log.dirs.adopt"] = "true";
        Assert.Contains(why, Alone(() => fixture.Refusal()), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_deleted_because_a_setting_is_not_known()
    {
        Folders();
        fixture.World.Disk.ReplaceAtomically("/data1/cleaner-offset-checkpoint", "0\n1\npayments 0 0\n"u8);
        fixture.World.Advance(TimeSpan.FromDays(30));
        var server = Adopt();
        Assert.Equal("-1", Setting("orders", "retention.ms"));
        Assert.Equal("compact", Setting("payments", "cleanup.policy"));
        foreach (var line in (string[])["topic=orders has retention.ms=-1", "topic=payments has cleanup.policy=compact"])
            Assert.Contains(fixture.Log.Lines, logged => logged.Contains(line, StringComparison.Ordinal));
        fixture.Stop(server);
    }

    [Fact]
    public void An_adoption_that_dies_at_any_step_is_ended_by_the_next_one()
    {
        var deaths = 0;
        for (var (step, dies) = (1, true); dies; step += 2)
        {
            fixture = new EnsembleFixture();
            var (cluster, ids) = Folders();
            fixture.Settings["log.dirs.adopt"] = "true";
            fixture.Settings["zookeeper.connect"] = null;
            var process = fixture.World.CreateProcess();
            fixture.World.Disk.CrashIn(step);
            _ = process.Start(() => BrokerServer.Start(fixture.Config(), fixture.Platform(process), CancellationToken.None));
            fixture.World.Advance(TimeSpan.FromSeconds(1));
            dies = !process.IsAlive;
            deaths += dies ? 1 : 0;
            process.Kill();
            fixture.World.Disk.LosePower();
            var server = Adopt();
            Assert.Equal((cluster, ids["orders"]), (server.ClusterId.Value, Ids()["orders"]));
            Assert.Equal(3, fixture.Metadata("orders").Topics[0].Partitions.Count(partition => partition.LeaderId == 1));
            Assert.Equal(KafkaError.None, fixture.Produce("orders"));
            fixture.Stop(server);
        }
        Assert.True(deaths > 10, $"{deaths} adoptions died");
    }

    [Fact]
    public void What_is_exported_from_the_folders_or_from_the_store_is_the_same_cluster_in_an_ensemble()
    {
        var (cluster, ids) = Folders();
        var fromFolders = fixture.Ask(() => ZnodeExport.Collect(["/data1"], fixture.Platform()));
        fixture.Stop(Adopt());
        var fromStore = fixture.Ask(() => ZnodeExport.Collect(["/data1"], fixture.Platform()));
        foreach (var path in (string[])["/brokers/topics/orders", "/brokers/topics/orders/partitions/0/state", "/cluster/id"])
            Assert.Equal(Text(fromFolders, path), Text(fromStore, path));
        Assert.Contains(ids["orders"].ToString(), Text(fromStore, "/brokers/topics/orders"), StringComparison.Ordinal);
        Assert.Equal("/cluster/id", fromStore[^1].Path);
        Assert.DoesNotContain(fromStore, znode => znode.Path.StartsWith("/brokers/ids/", StringComparison.Ordinal));

        fixture.Settings.Remove("log.dirs.adopt");
        fixture.Ask(async () =>
        {
            await ZnodeExport.Write(["/data1"], fixture.Ensemble.ConnectString + "/kafka", fixture.Platform());
            return true;
        });
        Assert.False(fixture.World.Disk.FileExists("/data1/embedded-zookeeper.journal"));
        var server = fixture.Start();
        Assert.Equal((cluster, ids["orders"]), (server.ClusterId.Value, Ids()["orders"]));
        Assert.Equal(KafkaError.None, fixture.Produce("orders"));
        fixture.Stop(server);
        Assert.Contains("has a cluster already", Assert.Throws<StartupError>(() => fixture.Ask(async () =>
        {
            await ZnodeExport.Write(["/data1"], fixture.Ensemble.ConnectString + "/kafka", fixture.Platform());
            return true;
        })).Message, StringComparison.Ordinal);
    }

    private static string Text(IReadOnlyList<ExportedZnode> znodes, string path)
        => Encoding.UTF8.GetString(znodes.Single(znode => znode.Path == path).Data!);

    /// <summary>
    /// Folders of broker 1 with two topics and a record, without the store that knew them; the cluster's id and the topics'.
    /// </summary>
    private (string ClusterId, Dictionary<string, TopicId> TopicIds) Folders() => Alone(() =>
    {
        var server = fixture.Start();
        Assert.Equal(KafkaError.None, fixture.CreateTopic("orders", partitions: 3));
        Assert.Equal(KafkaError.None, fixture.CreateTopic("payments"));
        Assert.Equal(KafkaError.None, fixture.Produce("orders"));
        var (cluster, ids) = (server.ClusterId.Value, Ids());
        fixture.Stop(server);
        DeleteStore();
        return (cluster, ids);
    });

    private void DeleteStore()
    {
        foreach (var name in (string[])["embedded-zookeeper.journal", "embedded-zookeeper.snapshot"])
            fixture.World.Disk.DeleteFile($"/data1/{name}");
    }

    private BrokerServer Adopt()
    {
        fixture.Settings["log.dirs.adopt"] = "true";
        return Alone(() => fixture.Start());
    }

    /// <summary>Runs the work with settings that name no ensemble.</summary>
    private T Alone<T>(Func<T> work)
    {
        fixture.Settings["zookeeper.connect"] = null;
        var result = work();
        fixture.Settings.Remove("zookeeper.connect");
        return result;
    }

    private Dictionary<string, TopicId> Ids() => fixture
        .Ask<MetadataRequest, MetadataResponse>(9092, 12, new MetadataRequest { Topics = null }).Topics
        .ToDictionary(topic => topic.Name!, topic => topic.TopicId);

    private string? Setting(string topic, string name) => fixture.Ask<DescribeConfigsRequest, DescribeConfigsResponse>(
        9092, 4, new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = topic }] })
        .Results[0].Configs.Single(config => config.Name == name).Value;

    private long End(string topic) => fixture.Ask<ListOffsetsRequest, ListOffsetsResponse>(9092, 7, new ListOffsetsRequest
    {
        ReplicaId = -1,
        Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Timestamp = -1, CurrentLeaderEpoch = -1 }] }],
    }).Topics[0].Partitions[0].Offset;
}
