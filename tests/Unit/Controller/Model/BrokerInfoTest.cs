using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Tests.Unit.Controller.Model;

public sealed class BrokerInfoTest
{
    [Fact]
    public void A_listener_is_found_by_its_name_as_it_is_written()
    {
        var broker = new LiveBroker(ClusterFixture.Info(3), new BrokerEpoch(5));
        Assert.Equal("host3", broker.EndpointOf("PLAINTEXT")!.Host);
        Assert.Null(broker.EndpointOf("plaintext"));
        Assert.Null(broker.EndpointOf("INTERNAL"));
    }
}
