using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Tests.Unit.Controller.Active;

public sealed class BrokerChangeTest
{
    [Fact]
    public void A_broker_is_new_or_dead_or_has_bounced_under_a_later_registration()
    {
        var known = new Dictionary<int, LiveBroker> { [1] = Broker(1, 10), [2] = Broker(2, 20), [3] = Broker(3, 30) };
        var change = BrokerChange.Between(known, [Broker(1, 10), Broker(3, 35), Broker(4, 40)]);
        Assert.Equal("new=[4] bounced=[3] dead=[2] changed=[]", change.ToString());
        Assert.False(change.IsNone);
    }

    [Fact]
    public void The_same_registrations_are_no_change()
        => Assert.True(BrokerChange.Between(new Dictionary<int, LiveBroker> { [1] = Broker(1, 10) }, [Broker(1, 10)]).IsNone);

    [Fact]
    public void One_that_is_reached_elsewhere_or_supports_something_else_in_the_same_registration_has_changed()
    {
        var known = new Dictionary<int, LiveBroker> { [1] = Broker(1, 10), [2] = Broker(2, 20), [3] = Broker(3, 30) };
        var moved = new LiveBroker(ClusterFixture.Info(1) with { Endpoints = ClusterFixture.Info(9).Endpoints }, new BrokerEpoch(10));
        var newer = new LiveBroker(ClusterFixture.Info(2) with { TransactionVersionMax = 7 }, new BrokerEpoch(20));
        var written = new LiveBroker(ClusterFixture.Info(3) with { JmxPort = 5 }, new BrokerEpoch(30));
        Assert.Equal("new=[] bounced=[] dead=[] changed=[1,2]", BrokerChange.Between(known, [moved, newer, written]).ToString());
    }

    private static LiveBroker Broker(int id, long epoch) => new(ClusterFixture.Info(id), new BrokerEpoch(epoch));
}
