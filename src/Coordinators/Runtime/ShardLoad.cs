using System.Globalization;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// Replays a shard's log from its start to the end it had when loading began, a chunk per turn of the shard's loop. A log is never served
/// in part: a group that seems to have no offsets makes its consumers start over. So what may pass (a disk error, whose log dir is on its
/// way offline; a leadership that is about to change; a shortage of memory) is tried again after a pause, and what cannot pass (a corrupt
/// batch, an exception) fails the load.
/// </summary>
internal sealed class ShardLoad<TState, TRecord>(
    CoordinatorSettings<TState, TRecord> settings, ILoop loop, ICoordinatorLog log, TState state)
    where TState : ICoordinatorState<TRecord>
    where TRecord : class
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> unknownKinds = [];
    private readonly long endOffset = log.LogEndOffset;
    private readonly long startedAt = settings.Time.GetTimestamp();
    private long nextOffset = log.LogStartOffset;

    /// <summary>Asked at each turn; once it is false, the load ends and tells nobody.</summary>
    public required Func<bool> IsWanted { get; init; }

    /// <summary>The whole log has been replayed.</summary>
    public required Action Loaded { get; init; }

    /// <summary>The log cannot be replayed; the text says where and why.</summary>
    public required Action<string> Failed { get; init; }

    public void Start() => loop.Post(Step);

    private void Step()
    {
        Invariant.Holds(loop.IsCurrent);
        if (!IsWanted())
            return;
        if (nextOffset >= endOffset)
        {
            Finish();
            return;
        }
        // Retention may move the log's start past what is still to be read.
        nextOffset = Math.Max(nextOffset, log.LogStartOffset);
        KafkaError? error = null;
        try
        {
            error = ReplayChunk();
        }
        catch (OutOfMemoryException)
        {
            // Passes when others have given memory back; what was replayed stays.
            error = KafkaError.CoordinatorNotAvailable;
        }
        finally
        {
            GoOn(error);
        }
    }

    /// <param name="error">How the last chunk ended; null for an exception, a bug of ours, which the loop's root logs.</param>
    private void GoOn(KafkaError? error)
    {
        switch (error)
        {
            case KafkaError.None:
                loop.Post(Step);
                break;
            case null or KafkaError.CorruptMessage:
                Failed(string.Create(CultureInfo.InvariantCulture, $"offset={nextOffset} error={error?.ToString() ?? "exception"}"));
                break;
            default:
                settings.Log.Error(settings.Name, $"partition={log.Partition} loading offset={nextOffset} error={error}, tried again");
                loop.Schedule(RetryDelay, Step);
                break;
        }
    }

    private KafkaError ReplayChunk()
    {
        var chunk = log.Read(nextOffset, settings.LoadBufferBytes);
        if (chunk.Error != KafkaError.None)
            return chunk.Error;
        foreach (var batch in chunk.Batches)
            Replay(batch);
        // Nothing more to read below the end: the rest was compacted away.
        if (chunk.Batches.Count == 0)
            nextOffset = endOffset;
        return KafkaError.None;
    }

    private void Replay(LoadedBatch batch)
    {
        if (batch.Marker != TransactionMarker.None)
            state.ApplyMarker(batch.Producer, batch.Marker == TransactionMarker.Commit, batch.LastOffset);
        foreach (var record in batch.Records)
        {
            // A chunk begins with the whole batch that holds the offset asked for.
            if (record.Offset < nextOffset)
                continue;
            nextOffset = record.Offset;
            if (record.Key is not null)
                Replay(record.Key, record.Value, new RecordPosition(record.Offset, batch.Producer, batch.IsTransactional));
        }
        nextOffset = batch.LastOffset + 1;
    }

    private void Replay(byte[] key, byte[]? value, RecordPosition position)
    {
        var record = settings.Codec.Decode(key, value, out var unknown);
        if (record is not null)
            state.Apply(record, position);
        else if (unknownKinds.Add(unknown ?? "?"))
            settings.Log.Warn(settings.Name, $"partition={log.Partition} offset={position.Offset} skipped record of unknown {unknown}");
    }

    private void Finish()
    {
        var took = settings.Time.GetElapsedTime(startedAt).TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
        settings.Log.Info(settings.Name, $"partition={log.Partition} loaded to offset={endOffset} in {took} ms");
        Loaded();
    }
}
