using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

/// <summary>A partition in memory on a loop of its own: commits at once, or when told, or never; refuses appends when told.</summary>
internal sealed class MemoryCoordinatorLog(ILoops loops, LeaderEpoch leaderEpoch) : ICoordinatorLog
{
    private readonly ILoop loop = loops.Create("memory-log");
    private readonly List<LoadedBatch> batches = [];
    private readonly Queue<Action> held = new();
    private bool holdsAppends;
    private readonly Queue<(ICoordinatorAppend Outcome, long LastOffset)> waiting = new();

    public TopicPartition Partition => new("__consumer_offsets", 0);
    public LeaderEpoch LeaderEpoch { get; set; } = leaderEpoch;
    public long LogStartOffset => 0;
    public long LogEndOffset { get; private set; }
    public long HighWatermark { get; private set; }

    /// <summary>What the next appends are answered with.</summary>
    public KafkaError AppendError { get; set; }

    /// <summary>What loading is answered with.</summary>
    public KafkaError ReadError { get; set; }

    public bool CommitsAtOnce { get; set; } = true;
    public IReadOnlyList<LoadedBatch> Batches => batches;

    /// <summary>While set, appends get no answer; then they go on in order.</summary>
    public bool HoldsAppends
    {
        get => holdsAppends;
        set
        {
            holdsAppends = value;
            while (!holdsAppends && held.TryDequeue(out var append))
                loop.Post(append);
        }
    }

    public void Append(CoordinatorBatch batch, LeaderEpoch leaderEpoch, ICoordinatorAppend outcome)
    {
        void Now() => AppendNow(batch, leaderEpoch, outcome);
        if (holdsAppends)
            held.Enqueue(Now);
        else
            loop.Post(Now);
    }

    private void AppendNow(CoordinatorBatch batch, LeaderEpoch leaderEpoch, ICoordinatorAppend outcome)
    {
        var error = leaderEpoch == LeaderEpoch ? AppendError : KafkaError.NotLeaderOrFollower;
        if (error != KafkaError.None)
        {
            outcome.Appended(error, -1);
            return;
        }
        var lastOffset = Add(batch.Records, batch.Producer);
        waiting.Enqueue((outcome, lastOffset));
        outcome.Appended(KafkaError.None, lastOffset);
        if (CommitsAtOnce)
            CommitAll();
    }

    public long Add(IReadOnlyList<KeyedBytes> records, ProducerIdAndEpoch producer)
    {
        var loaded = records.Select((record, index) => new LoadedRecord(LogEndOffset + index, record.Key, record.Value)).ToList();
        LogEndOffset += records.Count;
        batches.Add(new LoadedBatch(LogEndOffset - 1, producer, !producer.IsNone, TransactionMarker.None, loaded));
        return LogEndOffset - 1;
    }

    public void AddMarker(ProducerIdAndEpoch producer, TransactionMarker marker)
    {
        batches.Add(new LoadedBatch(LogEndOffset, producer, true, marker, []));
        LogEndOffset++;
    }

    public void CommitAll(KafkaError error = KafkaError.None)
    {
        HighWatermark = LogEndOffset;
        while (waiting.TryDequeue(out var first))
            first.Outcome.Committed(error);
    }

    public LoadedChunk Read(long startOffset, int maxBytes) => ReadError != KafkaError.None
        ? LoadedChunk.Failed(ReadError)
        : new LoadedChunk(KafkaError.None, [.. batches.Where(batch => batch.LastOffset >= startOffset).Take(3)]);
}
