using KafkaCompatBroker.Coordinators.Transactions.Model;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// One ended transaction on its way to its partitions: which of them have no marker yet. Touched only on the loop of its
/// <see cref="TransactionMarkerSender"/>.
/// </summary>
internal sealed class TransactionMarkers(EndedTransaction ended, CancellationToken unloaded, Action written)
{
    private readonly HashSet<TopicPartition> remaining = [.. ended.Partitions];
    private bool isGivenUp;

    public EndedTransaction Ended => ended;

    /// <summary>False once there is nothing more to tell, or nobody for whom.</summary>
    public bool IsWanted => !isGivenUp && remaining.Count > 0 && !unloaded.IsCancellationRequested;

    /// <summary>The partition has its marker, or is no more.</summary>
    public void Done(TopicPartition partition)
    {
        if (remaining.Remove(partition))
            TellWhenWritten();
    }

    /// <summary>Nothing more is sent: a leader has said that this end is another's to tell by now.</summary>
    public void GiveUp() => isGivenUp = true;

    public void TellWhenWritten()
    {
        if (remaining.Count == 0 && !isGivenUp && !unloaded.IsCancellationRequested)
            written();
    }
}

/// <summary>One partition that is to be told.</summary>
internal sealed class TransactionMarker(TransactionMarkers of, TopicPartition partition)
{
    public TransactionMarkers Of => of;

    public TopicPartition Partition => partition;

    /// <summary>Since when the metadata have not known the partition, by the monotonic clock; null while they know it.</summary>
    public long? UnknownSince { get; set; }
}
