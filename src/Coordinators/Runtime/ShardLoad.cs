using System.Globalization;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// Replays a shard's log from its start to the end it had when loading began, a chunk per turn of the loop. A log that cannot be read is
/// tried again after a pause and never served in part: a group that seems to have no offsets makes its consumers start over.
/// </summary>
internal sealed class ShardLoad<TState, TRecord>(
    CoordinatorSettings<TState, TRecord> settings, ILoop loop, ICoordinatorLog log, TState state)
    where TState : ICoordinatorState<TRecord>
    where TRecord : class
{
    private readonly HashSet<string> unknownKinds = [];
    private readonly long endOffset = log.LogEndOffset;
    private readonly long startedAt = settings.Time.GetTimestamp();
    private long nextOffset = log.LogStartOffset;
    private Func<bool> isWanted = () => false;
    private Action onLoaded = () => { };

    /// <summary>Ends with <paramref name="loaded"/>, or without a word once <paramref name="wanted"/> is false.</summary>
    public void Start(Func<bool> wanted, Action loaded)
    {
        (isWanted, onLoaded) = (wanted, loaded);
        loop.Post(Step);
    }

    private void Step()
    {
        if (!isWanted())
            return;
        if (nextOffset >= endOffset)
        {
            Finish();
            return;
        }
        // Retention may move the log's start past what is still to be read.
        nextOffset = Math.Max(nextOffset, log.LogStartOffset);
        var chunk = log.Read(nextOffset, settings.LoadBufferBytes);
        if (chunk.Error != KafkaError.None)
        {
            settings.Log.Error(settings.Name, $"partition={log.Partition} loading offset={nextOffset} error={chunk.Error}, tried again");
            loop.Schedule(settings.LoadRetryDelay, Step);
            return;
        }
        foreach (var batch in chunk.Batches)
            Replay(batch);
        // Nothing more to read below the end: the rest was compacted away.
        if (chunk.Batches.Count == 0)
            nextOffset = endOffset;
        loop.Post(Step);
    }

    private void Replay(LoadedBatch batch)
    {
        if (batch.Marker != TransactionMarker.None)
            state.ApplyMarker(batch.Producer, batch.Marker == TransactionMarker.Commit, batch.LastOffset);
        foreach (var record in batch.Records)
        {
            if (record.Key is not null && record.Offset >= nextOffset)
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
        onLoaded();
    }
}
