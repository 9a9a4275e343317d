using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Handlers.Security;

/// <summary>DescribeAcls: there is no authorizer, so there are no ACLs, which is told as an error. KIP-140.</summary>
public sealed class DescribeAclsHandler : IHandler<DescribeAclsRequest, DescribeAclsResponse>
{
    public ValueTask<DescribeAclsResponse?> Handle(DescribeAclsRequest request, RequestContext context)
        => ValueTask.FromResult<DescribeAclsResponse?>(new()
        {
            ErrorCode = KafkaError.SecurityDisabled,
            ErrorMessage = "No Authorizer is configured on the broker",
        });
}
