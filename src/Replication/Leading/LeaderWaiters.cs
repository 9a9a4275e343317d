namespace KafkaCompatBroker.Replication.Leading;

/// <summary>What waits at a partition for other replicas; handed from the leader of one epoch to that of the next.</summary>
internal sealed class LeaderWaiters(ILoop loop)
{
    public ProduceWaiters Appends { get; } = new(loop);

    public DeletionWaiters Deletions { get; } = new(loop);

    /// <summary>Ends the wait of all, because this broker leads no more.</summary>
    public void RefuseAll(KafkaError error)
    {
        Appends.RefuseAll(error);
        Deletions.RefuseAll(error);
    }
}
