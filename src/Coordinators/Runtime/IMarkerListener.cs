namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// Told of the markers that this broker has written, as leader, into partitions that hold a coordinator's records: what a transaction wrote
/// there counts, or never counts, from its marker on, and loading alone would find that out. Callable from any thread. KIP-98.
/// </summary>
public interface IMarkerListener
{
    /// <summary>
    /// A marker is in the log and committed. A coordinator that sends it again, because it had no answer, has it written again: so the
    /// same end may be told twice, and whatever lies behind <paramref name="offset"/> belongs to a later transaction. The answer is None
    /// once the end counts, or an error with which the sender of the marker tries again.
    /// </summary>
    Task<KafkaError> MarkerWritten(TopicPartition partition, ProducerIdAndEpoch producer, bool isCommit, long offset);
}
