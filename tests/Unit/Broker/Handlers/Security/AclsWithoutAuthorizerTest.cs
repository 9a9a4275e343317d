using KafkaCompatBroker.Broker.Handlers.Security;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Security;

public sealed class AclsWithoutAuthorizerTest
{
    private readonly AdminFixture admin = new();

    [Fact]
    public void Who_asks_for_acls_is_told_that_there_is_no_authorizer()
    {
        var response = admin.Ask(new DescribeAclsHandler(), new DescribeAclsRequest());
        Assert.Equal(
            (KafkaError.SecurityDisabled, "No Authorizer is configured on the broker"), (response.ErrorCode, response.ErrorMessage));
    }

    [Fact]
    public void Each_acl_and_each_filter_is_refused()
    {
        Assert.Equal(
            [KafkaError.SecurityDisabled, KafkaError.SecurityDisabled],
            admin.Ask(new CreateAclsHandler(), new CreateAclsRequest { Creations = [new(), new()] }).Results.Select(
                result => result.ErrorCode));
        Assert.Equal(
            [KafkaError.SecurityDisabled, KafkaError.SecurityDisabled],
            admin.Ask(new DeleteAclsHandler(), new DeleteAclsRequest { Filters = [new(), new()] }).FilterResults.Select(
                result => result.ErrorCode));
    }
}
