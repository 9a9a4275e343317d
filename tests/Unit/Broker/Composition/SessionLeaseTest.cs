using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Tests.Unit.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Unit.Broker.Composition;

public sealed class SessionLeaseTest
{
    private static readonly BrokerEpoch Epoch = new(7);

    private readonly ClientFixture fixture = new();

    [Theory]
    [InlineData(6, false)]
    [InlineData(7, true)]
    [InlineData(8, true)]
    [InlineData(-1, true)]
    public void What_is_led_is_led_once_a_controller_that_knows_of_the_registration_has_said_so(long confirmed, bool isHeld)
    {
        var client = fixture.Open();
        var lease = new SessionLease(fixture.World.Time);
        lease.Confirm(Epoch);
        Assert.False(lease.IsHeld);
        lease.Register(client.InSession(client.SessionId), Epoch);
        Assert.False(lease.IsHeld);
        lease.Confirm(new BrokerEpoch(confirmed));
        Assert.Equal(isHeld, lease.IsHeld);
    }

    [Fact]
    public void A_session_that_has_ended_leads_nothing_though_the_next_is_there_until_the_controller_knows_of_that()
    {
        var client = fixture.Open();
        var lease = new SessionLease(fixture.World.Time);
        lease.Register(client.InSession(client.SessionId), Epoch);
        lease.Confirm(Epoch);
        Assert.True(lease.IsHeld && lease.Left > TimeSpan.Zero);
        fixture.Ensemble.Expire(client.SessionId);
        fixture.World.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([client.SessionId], fixture.Ensemble.SessionIds);
        Assert.False(lease.IsHeld || lease.Left > TimeSpan.Zero);
        lease.Register(client.InSession(client.SessionId), new BrokerEpoch(9));
        Assert.False(lease.IsHeld);
        lease.Confirm(Epoch);
        Assert.False(lease.IsHeld);
        lease.Confirm(new BrokerEpoch(9));
        Assert.True(lease.IsHeld);
    }

    [Fact]
    public void It_ends_with_the_timeout_of_a_session_that_no_server_answers_and_is_back_with_the_server()
    {
        var client = fixture.Open();
        var lease = new SessionLease(fixture.World.Time);
        lease.Register(client.InSession(client.SessionId), Epoch);
        lease.Confirm(Epoch);
        fixture.World.Advance(ClientFixture.SessionTimeout * 5);
        Assert.True(lease.IsHeld);
        fixture.Ensemble.Servers[0].Stop();
        fixture.World.Advance(ClientFixture.SessionTimeout * 0.6);
        Assert.True(lease.IsHeld);
        fixture.Ensemble.Servers[0].Start();
        fixture.World.Advance(TimeSpan.FromSeconds(2));
        fixture.Ensemble.Servers[0].Stop();
        fixture.World.Advance(ClientFixture.SessionTimeout);
        Assert.False(lease.IsHeld);
    }
}
