using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>A look-up of one offset by time, or by one of the negative numbers with which ListOffsets names a place.</summary>
public readonly record struct OffsetQuery(long Timestamp, ReadIsolation Isolation, LeaderEpoch KnownLeaderEpoch, bool LeaderOnly)
{
    public const long Latest = -1, Earliest = -2, MaxTimestamp = -3, EarliestLocal = -4;

    /// <summary>Whether it asks for an end of the log, which every snapshot knows.</summary>
    public bool IsEnd => Timestamp is Latest or Earliest or EarliestLocal;
}

/// <summary>Where a look-up led; −1 and −1 when there is no such record.</summary>
public readonly record struct OffsetAnswer(KafkaError Error, long Timestamp, long Offset, LeaderEpoch LeaderEpoch)
{
    public static OffsetAnswer Failed(KafkaError error) => new(error, -1, -1, LeaderEpoch.Unknown);
    public static readonly OffsetAnswer Nothing = Failed(KafkaError.None);
}

/// <summary>The answer to clients of before KIP-79.</summary>
public sealed record OldStyleOffsets(KafkaError Error, List<long> Offsets);
