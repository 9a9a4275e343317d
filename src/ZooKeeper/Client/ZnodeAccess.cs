namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>The ACL that a znode is made with.</summary>
public enum ZnodeAccess
{
    /// <summary>Everybody may do everything.</summary>
    Open,
    /// <summary>Who makes it may do everything, by the identity it has authenticated, and everybody may read it.</summary>
    CreatorAllWorldRead,
    /// <summary>Who makes it may do everything, nobody else anything.</summary>
    CreatorAll,
}
