namespace KafkaCompatBroker.Replication.Leading;

/// <summary>Whoever keeps the memory in which the records of appends lie.</summary>
public interface IRecordsOwner
{
    /// <summary>
    /// One append does not look at its records any more: they are in the log, or refused. Called once for each append, on its partition's
    /// loop, while the append may wait on for other replicas.
    /// </summary>
    void RecordsTaken();
}
