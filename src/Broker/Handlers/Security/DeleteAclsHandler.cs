using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Handlers.Security;

/// <summary>DeleteAcls: there is no authorizer, so there are no ACLs, and each filter is refused. KIP-140.</summary>
public sealed class DeleteAclsHandler : IHandler<DeleteAclsRequest, DeleteAclsResponse>
{
    public ValueTask<DeleteAclsResponse?> Handle(DeleteAclsRequest request, RequestContext context)
        => ValueTask.FromResult<DeleteAclsResponse?>(new()
        {
            FilterResults = request.Filters.ConvertAll(static _ => new DeleteAclsResponse.DeleteAclsFilterResult
            {
                ErrorCode = KafkaError.SecurityDisabled,
                ErrorMessage = "No Authorizer is configured.",
            }),
        });
}
