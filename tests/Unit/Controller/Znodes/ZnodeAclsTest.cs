using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Unit.Controller.Znodes;

public sealed class ZnodeAclsTest
{
    [Theory]
    [InlineData("/brokers/topics/orders", ZnodeAccess.CreatorAllWorldRead)]
    [InlineData("/config/topics/orders", ZnodeAccess.CreatorAllWorldRead)]
    [InlineData("/config/users", ZnodeAccess.CreatorAll)]
    [InlineData("/config/users/alice", ZnodeAccess.CreatorAll)]
    [InlineData("/config/brokers/1", ZnodeAccess.CreatorAll)]
    [InlineData("/delegation_token/tokens/abc", ZnodeAccess.CreatorAll)]
    [InlineData("/consumers", ZnodeAccess.Open)]
    [InlineData("/consumers/group", ZnodeAccess.CreatorAllWorldRead)]
    public void A_secured_znode_is_read_by_all_unless_it_holds_secrets(string path, ZnodeAccess access)
        => Assert.Equal((access, ZnodeAccess.Open), (ZnodeAcls.Of(path, isSecure: true), ZnodeAcls.Of(path, isSecure: false)));
}
