namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>
/// What a client wants of one partition, and what it was sent last. A session keeps it from fetch to fetch and changes it under its lock.
/// </summary>
public sealed class FetchedPartition(FetchPartitionKey key)
{
    private long sentHighWatermark = -1;
    private long sentLogStartOffset = -1;

    public FetchPartitionKey Key => key;
    public long FetchOffset { get; private set; }
    public int MaxBytes { get; private set; }
    public LeaderEpoch CurrentLeaderEpoch { get; private set; } = LeaderEpoch.Unknown;
    public LeaderEpoch LastFetchedEpoch { get; private set; } = LeaderEpoch.Unknown;
    /// <summary>A follower's own; −1 from one that does not say, and from consumers.</summary>
    public long LogStartOffset { get; private set; } = -1;

    public void Update(FetchRequest.FetchPartition wanted)
    {
        (FetchOffset, MaxBytes) = (wanted.FetchOffset, wanted.PartitionMaxBytes);
        CurrentLeaderEpoch = new LeaderEpoch(wanted.CurrentLeaderEpoch);
        LastFetchedEpoch = new LeaderEpoch(wanted.LastFetchedEpoch);
        LogStartOffset = wanted.LogStartOffset;
    }

    /// <summary>
    /// Remembers an answer as sent; false when the client has been sent all that it says and it may be left out. An error is always sent,
    /// and so is the next answer without one; the same holds where logs diverge.
    /// </summary>
    public bool UpdateSent(FetchAnswer answer)
    {
        var isNews = answer.Data.Records is { Length: > 0 } || answer.IsDiverging
            || answer.Data.PreferredReadReplica != BrokerId.None.Value;
        if (answer.Data.HighWatermark != sentHighWatermark)
            (sentHighWatermark, isNews) = (answer.Data.HighWatermark, true);
        if (answer.Data.LogStartOffset != sentLogStartOffset)
            (sentLogStartOffset, isNews) = (answer.Data.LogStartOffset, true);
        // A log that diverges takes nothing over yet, so what the answer says besides has to be said again.
        if (answer.Data.ErrorCode == KafkaError.None && !answer.IsDiverging)
            return isNews;
        sentHighWatermark = -1;
        return true;
    }
}

/// <summary>One partition's answer.</summary>
/// <param name="IsDiverging">Whether it has the reader truncate its log.</param>
public readonly record struct FetchAnswer(FetchResponse.PartitionData Data, bool IsDiverging = false)
{
    public void Release() => Data.Records?.Release();
}
