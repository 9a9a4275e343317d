namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>Bounds of the embedded store, in bytes.</summary>
internal static class StoreLimits
{
    /// <summary>One node's data: the jute.maxbuffer that Kafka sets.</summary>
    public const int NodeBytes = 4 << 20;
    /// <summary>A commit is not put off beyond this, so that what one flush makes durable stays small.</summary>
    public const int CommitBytes = 4 << 20;
    /// <summary>A journal shorter than this is never worth a snapshot.</summary>
    public const int JournalBytesBeforeSnapshot = 4 << 20;
    /// <summary>A journal is worth a snapshot when it is this many times as long as the last one.</summary>
    public const int JournalPerSnapshot = 4;
}
