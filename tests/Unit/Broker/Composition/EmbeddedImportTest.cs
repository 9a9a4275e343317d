using System.Text;
using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;

namespace KafkaCompatBroker.Tests.Unit.Broker.Composition;

/// <summary>A broker that has run alone goes into an ensemble with all it has.</summary>
public sealed class EmbeddedImportTest
{
    private readonly EnsembleFixture fixture = new();

    [Fact]
    public void Topics_records_offsets_and_ids_go_on_in_the_ensemble()
    {
        var alone = Alone(() =>
        {
            Assert.Equal(KafkaError.None, fixture.CreateTopic("orders", partitions: 3));
            Assert.Equal(KafkaError.None, fixture.Produce("orders"));
        });
        Import();
        Assert.Equal(["orders"], fixture.Ensemble.ChildrenOf("/kafka/brokers/topics"));
        Assert.Empty(fixture.Ensemble.ChildrenOf("/kafka/brokers/ids"));
        Assert.False(fixture.World.Disk.FileExists("/data1/embedded-zookeeper.journal"));
        Assert.True(fixture.World.Disk.FileExists("/data1/embedded-zookeeper.journal.imported"));

        var server = fixture.Start();
        Assert.Equal(alone, server.ClusterId.Value);
        Assert.Equal(3, fixture.Metadata("orders").Topics[0].Partitions.Count(partition => partition.LeaderId == 1));
        Assert.Equal(KafkaError.None, fixture.Produce("orders"));
        fixture.Stop(server);
        Import();
        Assert.Contains(fixture.Log.Lines, line => line.Contains("there is nothing to import", StringComparison.Ordinal));
    }

    [Fact]
    public void A_generated_id_is_not_given_again()
    {
        fixture.Settings["broker.id"] = null;
        Alone(() => { });
        Import();
        foreach (var (logDir, id) in ((string, int)[])[("/data1", 1001), ("/next", 1002)])
        {
            var server = fixture.Start(logDir: logDir);
            Assert.Equal(id, server.Id.Value);
            fixture.Stop(server);
        }
    }

    [Fact]
    public void An_ensemble_that_has_a_cluster_is_not_written_into()
    {
        fixture.Stop(fixture.Start(id: 2, port: 9093));
        Alone(() => { });
        var changes = fixture.Ensemble.History.Count;
        Assert.Contains("has a cluster already", ImportRefusal(), StringComparison.Ordinal);
        Assert.Equal(changes, fixture.Ensemble.History.Count);
        Assert.True(fixture.World.Disk.FileExists("/data1/embedded-zookeeper.journal"));
    }

    [Theory]
    [InlineData("/kafka/brokers/topics/orders", "there already with other data")]
    [InlineData("/kafka/brokers/topics/payments", "there, and not one of this broker's")]
    public void An_ensemble_with_other_topics_is_not_written_over(string path, string why)
    {
        Alone(() => fixture.CreateTopic("orders"));
        foreach (var parent in (string[])["/kafka", "/kafka/brokers", "/kafka/brokers/topics"])
            fixture.Ensemble.Apply(new ZkOp.Create(parent, null));
        fixture.Ensemble.Apply(new ZkOp.Create(path, "theirs"u8.ToArray()));
        Assert.Contains($"{path["/kafka".Length..]} is {why}", ImportRefusal(), StringComparison.Ordinal);
        Assert.Equal("theirs", Encoding.UTF8.GetString(fixture.Ensemble.Look(path)!.Value.Data!));
        Assert.Null(fixture.Ensemble.Look("/kafka/cluster/id"));
    }

    [Fact]
    public void An_import_without_an_ensemble_is_refused()
    {
        fixture.Settings["zookeeper.connect"] = null;
        Assert.Contains("zookeeper.connect names; set it", ImportRefusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_import_that_dies_at_any_request_is_ended_by_the_next_one()
    {
        var clusterId = Alone(() => fixture.CreateTopic("orders"));
        var deaths = 0;
        for (var (last, dies) = (0, true); dies; last++)
        {
            // A path of its own for each death, so that each import begins on nothing.
            fixture.Settings["zookeeper.connect"] = $"{fixture.Ensemble.ConnectString}/at-{last}";
            var process = fixture.World.CreateProcess();
            var left = last;
            fixture.Ensemble.Fault = () =>
            {
                if (left-- == 0)
                    process.Kill();
                return EnsembleFault.None;
            };
            _ = process.Start(() => EmbeddedImport.Run(fixture.Config(), fixture.Platform(process), CancellationToken.None));
            fixture.World.Advance(TimeSpan.FromSeconds(5));
            dies = !process.IsAlive;
            deaths += dies ? 1 : 0;
            fixture.Ensemble.Fault = () => EnsembleFault.None;
            Import();
            Assert.Contains(clusterId, Encoding.UTF8.GetString(Node(last, "/cluster/id")), StringComparison.Ordinal);
            Assert.Single(fixture.Ensemble.ChildrenOf($"/at-{last}/brokers/topics"));
            foreach (var file in (string[])["embedded-zookeeper.journal", "embedded-zookeeper.snapshot"])
            {
                if (fixture.World.Disk.FileExists($"/data1/{file}.imported"))
                    fixture.World.Disk.Rename($"/data1/{file}.imported", $"/data1/{file}");
            }
        }
        Assert.True(deaths > 20, $"{deaths} imports died");
    }

    private byte[] Node(int run, string path) => fixture.Ensemble.Look($"/at-{run}{path}")!.Value.Data!;

    /// <summary>Runs broker 1 without the ensemble; its cluster's id.</summary>
    private string Alone(Action work)
    {
        var connect = fixture.Settings.GetValueOrDefault("zookeeper.connect");
        fixture.Settings["zookeeper.connect"] = null;
        var server = fixture.Start();
        work();
        fixture.Stop(server);
        fixture.Settings.Remove("zookeeper.connect");
        if (connect is not null)
            fixture.Settings["zookeeper.connect"] = connect;
        return server.ClusterId.Value;
    }

    private void Import() => fixture.World.Await(fixture.World.Start(
        () => EmbeddedImport.Run(fixture.Config(), fixture.Platform(), CancellationToken.None)));

    private string ImportRefusal() => Assert.Throws<StartupError>(Import).Message;
}
