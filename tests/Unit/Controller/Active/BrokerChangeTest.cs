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
        Assert.Equal("new=[4] bounced=[3] dead=[2]", change.ToString());
        Assert.False(change.IsNone);
    }

    [Fact]
    public void The_same_registrations_are_no_change()
        => Assert.True(BrokerChange.Between(new Dictionary<int, LiveBroker> { [1] = Broker(1, 10) }, [Broker(1, 10)]).IsNone);

    private static LiveBroker Broker(int id, long epoch) => new(ClusterFixture.Info(id), new BrokerEpoch(epoch));
}
