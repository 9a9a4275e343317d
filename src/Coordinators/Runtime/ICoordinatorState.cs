using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>Where a record stands in the log, as <see cref="ICoordinatorState{TRecord}.Apply"/> needs it.</summary>
public readonly record struct RecordPosition(long Offset, ProducerIdAndEpoch Producer, bool IsTransactional);

/// <summary>
/// The state machine of one shard; lives on the shard's loop from one election to the next resignation. Its durable part changes only in
/// <see cref="Apply"/> and <see cref="ApplyMarker"/>, which run the same way for a record just written and for one replayed when loading.
/// What no record tells (timers, requests that wait) is the state's own and dies with it.
/// </summary>
public interface ICoordinatorState<in TRecord>
{
    void Apply(TRecord record, RecordPosition position);

    /// <summary>A transaction of this producer ended; what it wrote into this log counts from here on, or never.</summary>
    void ApplyMarker(ProducerIdAndEpoch producer, bool isCommit, long offset);

    /// <summary>The whole log has been applied; requests come after this.</summary>
    void OnLoaded();

    /// <summary>Leadership is gone: every request that waits is answered with NotCoordinator, every timer stopped.</summary>
    void OnUnloaded();
}

/// <summary>The bytes of a coordinator's records.</summary>
public interface ICoordinatorCodec<TRecord>
    where TRecord : class
{
    /// <summary>Null for a record whose fields do not fit into its schema: a text too long for the wire.</summary>
    KeyedBytes? Encode(TRecord record);

    /// <summary>
    /// Null for a record of a kind or version that this broker does not know; <paramref name="unknown"/> then says which.
    /// </summary>
    TRecord? Decode(byte[] key, byte[]? value, out string? unknown);
}

/// <summary>What a shard offers its state machine. All of it only on the shard's loop.</summary>
public interface IShardContext<in TRecord>
{
    /// <summary>True on the shard's loop, where alone its state may be touched.</summary>
    bool IsCurrent { get; }

    TopicPartition Partition { get; }

    /// <summary>Under which this broker leads the partition.</summary>
    LeaderEpoch LeaderEpoch { get; }

    Timeline Timeline { get; }
    ILog Log { get; }

    /// <summary>Wall-clock milliseconds, for what is stored and compared with stored times.</summary>
    long NowMs { get; }

    /// <summary>
    /// Writes the records as one batch behind the event that is running. Once they are in the leader's log they are applied, before any
    /// other event runs.
    /// <paramref name="outcome"/> gets None when they are committed, else why they are not: then nothing was applied, but for
    /// RequestTimedOut, NotEnoughReplicasAfterAppend, NotCoordinator and UnknownServerError, where they may yet be committed.
    /// </summary>
    void Write(IReadOnlyList<TRecord> records, Action<KafkaError> outcome);

    /// <summary>
    /// The same within a producer's transaction: the records count once its marker comes (<see cref="ICoordinatorState{TRecord}"/>). The
    /// guard allows the transaction's first batch in this log; null where it is open already, or nothing is verified. KIP-890.
    /// </summary>
    void Write(IReadOnlyList<TRecord> records, ProducerIdAndEpoch producer, VerificationGuard? guard, Action<KafkaError> outcome);

    /// <summary>
    /// Brings work back to the shard as an event that is never too many, from any thread; it is dropped once this leadership has ended.
    /// </summary>
    void Post(Action work);

    /// <summary>A timer that runs <paramref name="work"/> as an event of this shard; unarmed.</summary>
    ShardTimer CreateTimer(Action work);

    /// <summary>Moves the timeline up to what the log says is committed now.</summary>
    void RefreshHighWatermark();
}
