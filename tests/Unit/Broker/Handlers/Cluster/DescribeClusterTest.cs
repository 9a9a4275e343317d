using KafkaCompatBroker.Protocol.Messages;

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
}
