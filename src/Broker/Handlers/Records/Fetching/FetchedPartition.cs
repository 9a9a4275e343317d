namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>
/// What a client wants of one partition, and what a session has told it last. A session keeps it from fetch to fetch and changes it under
/// its lock.
/// </summary>
public sealed class FetchedPartition(FetchPartitionKey key)
{
    private long toldHighWatermark = -1;
    private long toldLogStartOffset = -1;

    public FetchPartitionKey Key => key;
    public long FetchOffset { get; private set; }
    public int MaxBytes { get; private set; }
    public LeaderEpoch CurrentLeaderEpoch { get; private set; } = LeaderEpoch.Unknown;
    public LeaderEpoch LastFetchedEpoch { get; private set; } = LeaderEpoch.Unknown;

    public void Update(FetchRequest.FetchPartition wanted)
    {
        (FetchOffset, MaxBytes) = (wanted.FetchOffset, wanted.PartitionMaxBytes);
        CurrentLeaderEpoch = new LeaderEpoch(wanted.CurrentLeaderEpoch);
        LastFetchedEpoch = new LeaderEpoch(wanted.LastFetchedEpoch);
    }

    /// <summary>
    /// Remembers an answer; false when it says nothing that the client does not know. An error is always news, and makes the next answer
    /// without one news too.
    /// </summary>
    public bool Tell(FetchAnswer answer)
    {
        var isNews = answer.Data.Records is { Length: > 0 } || answer.IsDiverging;
        if (answer.Data.HighWatermark != toldHighWatermark)
            (toldHighWatermark, isNews) = (answer.Data.HighWatermark, true);
        if (answer.Data.LogStartOffset != toldLogStartOffset)
            (toldLogStartOffset, isNews) = (answer.Data.LogStartOffset, true);
        if (answer.Data.ErrorCode == KafkaError.None)
            return isNews;
        toldHighWatermark = -1;
        return true;
    }
}

/// <summary>One partition's answer.</summary>
/// <param name="IsDiverging">Whether it tells the reader to cut its log.</param>
public readonly record struct FetchAnswer(FetchResponse.PartitionData Data, bool IsDiverging = false)
{
    public void Release()
    {
        if (Data.Records is not { } records)
            return;
        foreach (var slice in records.Slices)
            slice.File.Release();
    }
}
