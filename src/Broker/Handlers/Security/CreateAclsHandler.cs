using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Handlers.Security;

/// <summary>CreateAcls: there is no authorizer that would obey an ACL, so each is refused. KIP-140.</summary>
public sealed class CreateAclsHandler : IHandler<CreateAclsRequest, CreateAclsResponse>
{
    public ValueTask<CreateAclsResponse?> Handle(CreateAclsRequest request, RequestContext context)
        => ValueTask.FromResult<CreateAclsResponse?>(new()
        {
            Results = request.Creations.ConvertAll(static _ => new CreateAclsResponse.AclCreationResult
            {
                ErrorCode = KafkaError.SecurityDisabled,
                ErrorMessage = "No Authorizer is configured.",
            }),
        });
}
