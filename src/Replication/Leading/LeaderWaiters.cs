namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// What waits at a partition for the disk or for other replicas; handed from the leader of one epoch to that of the next.
/// </summary>
internal sealed class LeaderWaiters(ILoop loop)
{
    /// <summary>With acks other than 0, until the flush that <c>flush.messages</c> asks for has made their records durable.</summary>
    public ProduceWaiters Flushes { get; } = new(loop);

    /// <summary>With acks −1, until the high watermark has passed their records.</summary>
    public ProduceWaiters Appends { get; } = new(loop);

    public DeletionWaiters Deletions { get; } = new(loop);

    /// <summary>Ends the wait of all, because this broker leads no more.</summary>
    public void RefuseAll(KafkaError error)
    {
        Flushes.RefuseAll(error);
        Appends.RefuseAll(error);
        Deletions.RefuseAll(error);
    }
}
