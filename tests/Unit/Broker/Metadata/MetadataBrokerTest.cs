using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Metadata;

public sealed class MetadataBrokerTest
{
    [Fact]
    public void A_listener_without_a_name_is_called_after_its_security_protocol()
    {
        var broker = MetadataBroker.From(new UpdateMetadataRequest.UpdateMetadataBroker
        {
            Id = 1,
            Endpoints =
            [
                new() { Host = "host1", Port = 9093, SecurityProtocol = 1 },
                new() { Host = "host1", Port = 1, SecurityProtocol = 9 },
            ],
        });
        Assert.Equal((9093, SecurityProtocol.Ssl), (broker.EndpointOn("SSL")!.Port, broker.EndpointOn("SSL")!.SecurityProtocol));
        Assert.Equal(1, broker.EndpointOn("")!.Port);
        Assert.Null(broker.EndpointOn("PLAINTEXT"));
    }

    [Fact]
    public void The_first_version_of_the_request_has_one_plaintext_endpoint()
    {
        var broker = MetadataBroker.From(new UpdateMetadataRequest.UpdateMetadataBroker { Id = 1, V0Host = "host1", V0Port = 9092 });
        Assert.Equal(("host1", 9092), (broker.EndpointOn("PLAINTEXT")!.Host, broker.EndpointOn("PLAINTEXT")!.Port));
    }

    [Fact]
    public void A_client_sees_only_brokers_and_leaders_on_its_own_listener()
    {
        var request = MetadataRequests.Update("orders", leader: 2);
        request.LiveBrokers.Add(new() { Id = 2, Endpoints = [new() { Listener = "INTERNAL", Host = "host2", Port = 9092 }] });
        var image = MetadataImage.Empty.After(request);
        Assert.True(image.TryGetPartition(new TopicPartition("orders", 0), out var partition));
        var view = new ListenerView(image, "PLAINTEXT");
        Assert.Equal([1], view.Brokers().Select(entry => entry.Broker.Id.Value));
        Assert.Equal((KafkaError.ListenerNotFound, BrokerId.None), view.LeaderOf(partition));
        Assert.Equal((KafkaError.None, new BrokerId(2)), new ListenerView(image, "INTERNAL").LeaderOf(partition));
        Assert.Equal(
            (KafkaError.LeaderNotAvailable, BrokerId.None), view.LeaderOf(partition with { Leader = new BrokerId(9) }));
    }
}
