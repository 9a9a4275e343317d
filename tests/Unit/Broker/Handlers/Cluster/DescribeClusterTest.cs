using System.Net;
using KafkaCompatBroker.Broker.Handlers.Cluster;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Broker.Metadata;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Cluster;

public sealed class DescribeClusterTest
{
    [Fact]
    public void The_cluster_is_described_for_brokers_and_not_for_controllers()
    {
        var admin = new AdminFixture(2);
        var described = admin.Ask(admin.DescribeCluster, new DescribeClusterRequest { IncludeClusterAuthorizedOperations = true });
        Assert.Equal(
            ("cluster-id", 1, 2, 8096),
            (described.ClusterId, described.ControllerId, described.Brokers.Count, described.ClusterAuthorizedOperations));
        Assert.Equal(
            KafkaError.MismatchedEndpointType, admin.Ask(admin.DescribeCluster, new DescribeClusterRequest { EndpointType = 2 }).ErrorCode);
        Assert.Equal(
            KafkaError.UnsupportedEndpointType,
            admin.Ask(admin.DescribeCluster, new DescribeClusterRequest { EndpointType = 9 }).ErrorCode);
    }

    [Fact]
    public void A_broker_that_has_not_heard_who_is_there_says_so_when_it_has()
    {
        var world = new SimWorld(1);
        var metadata = new MetadataCache(world.Loops.Create("metadata"));
        var handler = new DescribeClusterHandler(metadata, new ClusterId("cluster-id"));
        var context = new RequestContext { Listener = "PLAINTEXT", RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1) };
        var asked = handler.Handle(new DescribeClusterRequest { EndpointType = 1 }, context).AsTask();
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.False(asked.IsCompleted);
        world.Await(metadata.Apply(MetadataRequests.Update("orders")));
        Assert.Equal(1, Assert.Single(world.Await(asked)!.Brokers).BrokerId);
    }
}
