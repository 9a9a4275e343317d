using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Handlers.Cluster;

/// <summary>
/// The cluster's id, brokers and controller. There are no fenced brokers in ZooKeeper mode: a broker is registered, or it is not there.
/// KIP-700, KIP-919.
/// </summary>
public sealed class DescribeClusterHandler(MetadataCache metadata, ClusterId clusterId)
    : IHandler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte Brokers = 1;
    private const sbyte Controllers = 2;

    public async ValueTask<DescribeClusterResponse?> Handle(DescribeClusterRequest request, RequestContext context)
        => request.EndpointType switch
        {
            Brokers => Describe(request, new ListenerView(await metadata.WithBrokers(context.Closed), context.Listener)),
            Controllers => new()
            {
                ErrorCode = KafkaError.MismatchedEndpointType,
                ErrorMessage = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
            },
            var other => new() { ErrorCode = KafkaError.UnsupportedEndpointType, ErrorMessage = $"Unsupported endpoint type {other}" },
        };

    private DescribeClusterResponse Describe(DescribeClusterRequest request, ListenerView view)
    {
        var response = new DescribeClusterResponse { ClusterId = clusterId.Value, ControllerId = view.ControllerId };
        foreach (var (broker, endpoint) in view.Brokers())
            response.Brokers.Add(new() { BrokerId = broker.Id.Value, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack });
        if (request.IncludeClusterAuthorizedOperations)
            response.ClusterAuthorizedOperations = AuthorizedOperations.OfCluster;
        return response;
    }
}
