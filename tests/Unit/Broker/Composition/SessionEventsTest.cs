using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;

namespace KafkaCompatBroker.Tests.Unit.Broker.Composition;

/// <summary>What happens to a whole broker when its session does.</summary>
public sealed class SessionEventsTest
{
    private readonly EnsembleFixture fixture = new(serverCount: 2);

    [Fact]
    public void A_session_that_has_expired_is_followed_by_a_new_registration_and_a_new_election_and_clients_go_on()
    {
        var server = Start();
        var epoch = Registered();
        for (var expiries = 1; expiries <= 3; expiries++)
        {
            fixture.Ensemble.Expire(fixture.Ensemble.SessionIds.Single());
            Assert.True(fixture.World.TryRunUntil(() => Registered() > epoch, TimeSpan.FromSeconds(10)));
            epoch = Registered();
            Assert.True(Until(() => fixture.Produce("orders") == KafkaError.None));
            Assert.Equal(KafkaError.None, fixture.CreateTopic($"topic-{expiries}"));
            Assert.Equal($"{1 + expiries}", ControllerEpoch());
        }
        fixture.Stop(server);
        Assert.Empty(fixture.World.Errors);
        Assert.DoesNotContain(fixture.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public void A_broker_without_ZooKeeper_serves_on_and_takes_records_only_while_its_session_lives_for_certain()
    {
        var broker = Start();
        foreach (var server in fixture.Ensemble.Servers)
        {
            server.Stop();
            fixture.World.Advance(TimeSpan.FromMilliseconds(100));
        }
        foreach (var acks in (short[])[1, -1])
            Assert.Equal(KafkaError.None, fixture.Produce("orders", acks));
        Assert.Contains(fixture.Log.Lines, line => line.Contains("no ZooKeeper server is connected", StringComparison.Ordinal));
        fixture.World.Advance(EnsembleFixture.SessionTimeout);
        foreach (var acks in (short[])[1, -1])
            Assert.Equal(KafkaError.NotLeaderOrFollower, fixture.Produce("orders", acks));
        Assert.Equal(1, fixture.Metadata("orders").Topics[0].Partitions[0].LeaderId);
        Assert.Single(fixture.Log.Lines, line => line.Contains("records are refused until it is back", StringComparison.Ordinal));
        fixture.Ensemble.Servers[1].Start();
        Assert.True(Until(() => fixture.Produce("orders") == KafkaError.None));
        fixture.Stop(broker);
    }

    [Fact]
    public void A_broker_whose_ensemble_does_not_answer_stops_in_time_and_in_order()
    {
        var broker = Start();
        fixture.Ensemble.Fault = () => EnsembleFault.SwallowAnswer;
        // The controller's event waits for an answer.
        fixture.Ensemble.Apply(new ZkOp.Create("/kafka/brokers/topics/other", null));
        fixture.World.Advance(TimeSpan.FromSeconds(1));
        var begun = fixture.World.Time.GetUtcNow();
        fixture.Stop(broker);
        Assert.InRange((fixture.World.Time.GetUtcNow() - begun).TotalSeconds, 0, 15);
        Assert.True(fixture.World.Disk.FileExists("/data1/.kafka_cleanshutdown"));
    }

    [Fact]
    public void A_session_that_moves_to_another_server_changes_nothing()
    {
        var server = Start();
        var epoch = Registered();
        for (var moves = 0; moves < 6; moves++)
        {
            var serving = fixture.Ensemble.Servers.Single(each => each.ConnectionCount > 0);
            serving.Stop();
            Assert.Equal(KafkaError.None, fixture.Produce("orders"));
            Assert.Equal(KafkaError.None, fixture.CreateTopic($"topic-{moves}"));
            serving.Start();
        }
        Assert.Equal((epoch, "1"), (Registered(), ControllerEpoch()));
        fixture.Stop(server);
    }

    [Fact]
    public void A_broker_whose_id_is_another_s_behind_its_expiry_stops_and_says_so()
    {
        var server = Start();
        var session = fixture.Ensemble.SessionIds.Single();
        fixture.Ensemble.Soon(() =>
        {
            fixture.Ensemble.Expire(session);
            fixture.Ensemble.Apply(new ZkOp.Create("/kafka/brokers/ids/1", null, ZkCreateMode.Ephemeral));
        });
        Assert.True(fixture.World.TryRunUntil(() => server.Failed.IsCompleted, TimeSpan.FromSeconds(10)));
        Assert.StartsWith("broker.id=1: id 1 is registered by a broker at", fixture.World.Await(server.Failed), StringComparison.Ordinal);
        fixture.Stop(server);
    }

    private BrokerServer Start()
    {
        var server = fixture.Start();
        Assert.Equal(KafkaError.None, fixture.CreateTopic("orders"));
        Assert.Equal(KafkaError.None, fixture.Produce("orders"));
        return server;
    }

    private long Registered() => fixture.Ensemble.Look("/kafka/brokers/ids/1")?.Stat.Czxid ?? 0;

    private string ControllerEpoch()
        => System.Text.Encoding.UTF8.GetString(fixture.Ensemble.Look("/kafka/controller_epoch")!.Value.Data!);

    /// <summary>Asks each tenth of a second of the world's time, for a minute.</summary>
    private bool Until(Func<bool> condition)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (condition())
                return true;
            fixture.World.Advance(TimeSpan.FromSeconds(0.1));
        }
        return false;
    }
}
