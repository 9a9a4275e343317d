using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Controller.Znodes;

/// <summary>
/// Which ACL Kafka gives to each of its znodes. With <c>zookeeper.set.acl</c> they belong to the brokers and everybody may read them, but
/// for those that hold credentials or secrets; the root of the oldest consumers stays open, because those write below it themselves.
/// </summary>
public static class ZnodeAcls
{
    private static readonly string[] sensitive = ["/config/users", "/config/brokers", "/delegation_token/tokens"];

    public static ZnodeAccess Of(string path, bool isSecure)
    {
        if (!isSecure || path == ZnodePaths.Consumers)
            return ZnodeAccess.Open;
        return Array.Exists(sensitive, root => path.StartsWith(root, StringComparison.Ordinal))
            ? ZnodeAccess.CreatorAll
            : ZnodeAccess.CreatorAllWorldRead;
    }
}
