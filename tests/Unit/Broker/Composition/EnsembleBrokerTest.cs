using System.Text;
using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.Broker.Composition;

/// <summary>A broker whose znodes are in an ensemble: what its start does there, and what it refuses.</summary>
public sealed class EnsembleBrokerTest
{
    private readonly EnsembleFixture fixture = new();

    [Fact]
    public void A_broker_joins_an_ensemble_serves_and_leaves_nothing_of_its_own_behind()
    {
        var server = fixture.Start();
        Assert.Equal("with ZooKeeper zk:2181/kafka", server.ZnodesPlace);
        Assert.Equal(KafkaError.None, fixture.CreateTopic("orders"));
        Assert.Equal(KafkaError.None, fixture.Produce("orders"));
        Assert.Equal(["1"], fixture.Ensemble.ChildrenOf("/kafka/brokers/ids"));
        Assert.Contains("brokerid\":1", Text("/kafka/controller"), StringComparison.Ordinal);
        Assert.Contains($"\"{server.ClusterId}\"", Text("/kafka/cluster/id"), StringComparison.Ordinal);
        Assert.False(fixture.World.Disk.FileExists("/data1/embedded-zookeeper.journal"));
        fixture.Stop(server);
        Assert.Empty(fixture.Ensemble.ChildrenOf("/kafka/brokers/ids"));
        Assert.Null(fixture.Ensemble.Look("/kafka/controller"));
        Assert.Empty(fixture.Ensemble.SessionIds);

        server = fixture.Start();
        Assert.Equal(KafkaError.None, fixture.Produce("orders"));
        fixture.Stop(server);
        Assert.Empty(fixture.World.Errors);
    }

    [Fact]
    public void A_broker_without_an_id_is_given_one_and_keeps_it()
    {
        fixture.Settings["broker.id"] = null;
        for (var starts = 0; starts < 2; starts++)
        {
            var server = fixture.Start();
            Assert.Equal(1001, server.Id.Value);
            fixture.Stop(server);
        }
        var other = fixture.Start(logDir: "/other");
        Assert.Equal(1002, other.Id.Value);
        fixture.Stop(other);
    }

    [Theory]
    [InlineData(null, 6)]
    [InlineData("2000", 2)]
    public void A_start_that_no_server_answers_ends_in_time_with_the_servers_names(string? connectionTimeoutMs, int seconds)
    {
        fixture.Settings["zookeeper.connection.timeout.ms"] = connectionTimeoutMs;
        fixture.Ensemble.Servers[0].Stop();
        var begun = fixture.World.Time.GetUtcNow();
        var line = fixture.Refusal();
        Assert.StartsWith(
            $"zookeeper.connect=zk:2181/kafka: no server has given a session within {seconds * 1000} ms", line, StringComparison.Ordinal);
        Assert.InRange((fixture.World.Time.GetUtcNow() - begun).TotalSeconds, seconds, seconds + 0.5);
        fixture.Ensemble.Servers[0].Start();
        fixture.Stop(fixture.Start());
    }

    [Fact]
    public void A_broker_that_was_killed_waits_until_its_former_session_has_ended_and_never_takes_its_registration_over()
    {
        var killed = fixture.World.CreateProcess();
        fixture.Start(killed);
        var former = fixture.Ensemble.Look("/kafka/brokers/ids/1")!.Value.Stat;
        killed.Kill();
        var begun = fixture.World.Time.GetUtcNow();
        var server = fixture.Start();
        var registered = fixture.Ensemble.Look("/kafka/brokers/ids/1")!.Value.Stat;
        Assert.True(fixture.World.Time.GetUtcNow() - begun > EnsembleFixture.SessionTimeout / 2);
        Assert.True(registered.Czxid > former.Czxid && registered.EphemeralOwner != former.EphemeralOwner);
        Assert.Single(fixture.Log.Lines, line => line.Contains("waiting for that session to end", StringComparison.Ordinal));
        fixture.Stop(server);
    }

    [Fact]
    public void An_id_that_another_broker_has_is_refused_at_once()
    {
        var first = fixture.Start();
        var begun = fixture.World.Time.GetUtcNow();
        Assert.Equal(
            $"broker.id=1: id 1 is registered by a broker at 127.0.0.1:9092 in session 0x{fixture.Ensemble.SessionIds[0]:x}; give one of "
                + "the two another id",
            fixture.Refusal(port: 9093, logDir: "/other"));
        Assert.True(fixture.World.Time.GetUtcNow() - begun < TimeSpan.FromSeconds(1));
        fixture.Stop(first);
    }

    [Fact]
    public void An_id_and_address_that_stay_another_s_are_refused_when_the_session_has_not_ended_in_time()
    {
        fixture.Settings["advertised.listeners"] = "PLAINTEXT://kafka:9092";
        var first = fixture.Start();
        Assert.Contains("and still is after 16 s; stop that broker first", fixture.Refusal(port: 9093, logDir: "/other"),
            StringComparison.Ordinal);
        fixture.Stop(first);
    }

    [Fact]
    public void An_address_that_another_broker_has_is_refused()
    {
        fixture.Settings["advertised.listeners"] = "PLAINTEXT://kafka:9092";
        var first = fixture.Start();
        Assert.Equal(
            "advertised.listeners: broker 1 is registered with kafka:9092; give one of the two another address",
            fixture.Refusal(id: 2, port: 9093));
        fixture.Stop(first);
    }

    [Fact]
    public void Log_dirs_of_another_cluster_are_refused_and_an_ensemble_without_a_cluster_stays_so()
    {
        fixture.Stop(fixture.Start());
        fixture.Settings["zookeeper.connect"] = fixture.Ensemble.ConnectString + "/other";
        Assert.Contains(
            "no cluster has been made in this ensemble; is zookeeper.connect right?", fixture.Refusal(), StringComparison.Ordinal);
        Assert.Empty(fixture.Ensemble.ChildrenOf("/other"));

        fixture.Stop(fixture.Start(id: 2, port: 9093));
        Assert.Matches("/data1 belongs to cluster .*, but this one is .*; is zookeeper.connect right", fixture.Refusal());
    }

    [Fact]
    public void A_broker_that_has_run_alone_is_told_how_to_take_its_topics_along()
    {
        fixture.Settings["zookeeper.connect"] = null;
        fixture.Stop(fixture.Start());
        fixture.Settings.Remove("zookeeper.connect");
        var line = fixture.Refusal();
        Assert.Contains("/data1/embedded-zookeeper.journal", line, StringComparison.Ordinal);
        Assert.Contains("start it once with --import-embedded", line, StringComparison.Ordinal);
        Assert.Empty(fixture.Ensemble.SessionIds);
    }

    [Fact]
    public void A_broker_answers_before_the_controller_s_first_word_and_is_started_when_clients_can_work_with_it()
    {
        fixture.Ensemble.Apply(new ZkOp.Create("/kafka", null));
        fixture.Ensemble.Apply(new ZkOp.Create("/kafka/controller", "{\"version\":1,\"brokerid\":9,\"timestamp\":\"0\"}"u8.ToArray()));
        BrokerServer? server = null;
        var starting = fixture.World.Start(
            async () => server = await BrokerServer.Start(fixture.Config(), fixture.Platform(), CancellationToken.None));
        fixture.World.Advance(TimeSpan.FromMinutes(2));
        var metadata = fixture.Metadata();
        Assert.Equal((0, -1), (metadata.Brokers.Count, metadata.ControllerId));
        Assert.Equal(KafkaError.NotController, fixture.CreateTopic("early"));
        Assert.False(starting.IsCompleted);
        Assert.Contains(
            fixture.Log.Lines, line => line.Contains("controller=9 has not taken this broker in yet", StringComparison.Ordinal));
        fixture.Ensemble.Apply(new ZkOp.Delete("/kafka/controller"));
        fixture.World.Await(starting);
        metadata = fixture.Metadata();
        Assert.Equal((1, 1), (metadata.Brokers.Count, metadata.ControllerId));
        fixture.Stop(server!);
    }

    [Theory]
    [InlineData("server")]
    [InlineData("answer")]
    [InlineData("registration")]
    [InlineData("controller")]
    public void A_start_that_is_not_wanted_any_more_ends_in_order_whatever_it_waits_for(string waitsFor)
    {
        fixture.Stop(fixture.Start());
        var other = "{\"version\":1,\"brokerid\":9,\"timestamp\":\"0\"}"u8.ToArray();
        if (waitsFor == "controller")
            fixture.Ensemble.Apply(new ZkOp.Create("/kafka/controller", other));
        else if (waitsFor == "registration")
            fixture.Ensemble.Apply(new ZkOp.Create("/kafka/brokers/ids/1", Encoding.UTF8.GetBytes(
                "{\"version\":5,\"host\":\"127.0.0.1\",\"port\":9092,\"endpoints\":[\"PLAINTEXT://127.0.0.1:9092\"]}")));
        else if (waitsFor == "answer")
            fixture.Ensemble.Fault = () => EnsembleFault.SwallowAnswer;
        else
            fixture.Ensemble.Servers[0].Stop();
        using var cancellation = new CancellationTokenSource();
        var starting = fixture.World.Start(() => BrokerServer.Start(fixture.Config(), fixture.Platform(), cancellation.Token));
        fixture.World.Advance(TimeSpan.FromSeconds(3));
        Assert.False(starting.IsCompleted);
        cancellation.Cancel();
        fixture.World.Advance(TimeSpan.FromSeconds(3));
        Assert.True(starting.IsCompleted);
        Assert.Throws<OperationCanceledException>(() => fixture.World.Await(starting));
        fixture.World.Advance(EnsembleFixture.SessionTimeout);
        Assert.Empty(fixture.Ensemble.SessionIds);
        fixture.Ensemble.Fault = () => EnsembleFault.None;
        if (waitsFor == "server")
            fixture.Ensemble.Servers[0].Start();
        fixture.Ensemble.Apply(new ZkOp.Delete("/kafka/controller"));
        fixture.Ensemble.Apply(new ZkOp.Delete("/kafka/brokers/ids/1"));
        fixture.Stop(fixture.Start());
        Assert.Empty(fixture.World.Errors);
    }

    [Fact]
    public void A_lost_log_dir_is_told_to_the_controller_over_the_ensemble()
    {
        fixture.Settings["log.dirs"] = "/data1,/more";
        var server = fixture.Start();
        Assert.Equal(KafkaError.None, fixture.CreateTopic("orders", partitions: 2));
        fixture.World.Disk.FailWrites(path => path.StartsWith("/more/", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        fixture.World.Advance(TimeSpan.FromMinutes(2));
        Assert.Contains(
            fixture.Ensemble.History,
            change => change.Change.Kind == ChangeKind.Create && change.Change.Path.StartsWith(
                "/kafka/log_dir_event_notification/", StringComparison.Ordinal));
        Assert.False(server.Failed.IsCompleted);
        fixture.World.Disk.HealFaults();
        fixture.Stop(server);
    }

    private string Text(string path) => Encoding.UTF8.GetString(fixture.Ensemble.Look(path)!.Value.Data!);
}
