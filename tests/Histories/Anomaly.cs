namespace KafkaCompatBroker.Tests.Histories;

/// <summary>What can be wrong with what clients saw.</summary>
public enum AnomalyKind
{
    /// <summary>An acknowledged record is not there, though readers have come past its offset.</summary>
    Lost,
    /// <summary>An acknowledged record was not read by anybody, and no reader has come as far in the end.</summary>
    Unseen,
    /// <summary>A record is stored more often than it may be.</summary>
    Duplicated,
    /// <summary>A producer's records are stored in another order than they were sent in.</summary>
    Reordered,
    /// <summary>Something was read that nobody has sent there.</summary>
    NeverWritten,
    /// <summary>A record was read that was refused for good.</summary>
    FailedButRead,
    /// <summary>Two values were seen at one offset.</summary>
    Inconsistent,
    /// <summary>A reader passed an offset at which others have read a record.</summary>
    Skipped,
    /// <summary>A reader went back without having been told to.</summary>
    NonMonotonic,
    /// <summary>A record of an aborted transaction was read.</summary>
    Aborted,
    /// <summary>A record was read before its transaction could have been committed.</summary>
    Dirty,
    /// <summary>Some records of a transaction were read, and others were not, though readers have come to the ends.</summary>
    Torn,
    /// <summary>A producer committed after another had been given its transactional id.</summary>
    NotFenced,
    /// <summary>What a copier has copied is not what its committed offsets say.</summary>
    NotCopied,
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Witness">The values, offsets and clients that show it.</param>
public sealed record Anomaly(AnomalyKind Kind, TopicPartition Partition, string Witness)
{
    public override string ToString() => $"{Kind} {Partition}: {Witness}";
}
