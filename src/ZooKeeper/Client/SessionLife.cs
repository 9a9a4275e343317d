namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>A session, and the timestamp until which its ensemble keeps it for certain.</summary>
internal sealed record SessionLife(long SessionId, long LivesUntil)
{
    /// <summary>No session.</summary>
    public static readonly SessionLife None = new(0, long.MinValue);
}
