using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>Whether a batch of an idempotent producer may be appended, or which batch it repeats.</summary>
public readonly record struct ProducerCheck(KafkaError Error, ProducedBatch? Duplicate)
{
    public static readonly ProducerCheck Passed = new(KafkaError.None, null);
}

/// <summary>
/// What a log knows of the producers that wrote to it: repeated batches are recognised, gaps refused, old epochs fenced. A function of the
/// log up to <see cref="MapEndOffset"/>, kept in <c>.snapshot</c> files so that a start need not read the whole log. Touched only by the
/// log's writer. KIP-98.
/// </summary>
public sealed class ProducerStateTable
{
    private readonly IDisk disk;
    private readonly string directory;
    private readonly TimeProvider time;
    private readonly ILog log;
    private readonly long expirationMs;
    private readonly Dictionary<long, ProducerState> producers = [];
    private readonly SortedSet<long> snapshotOffsets = [];

    internal ProducerStateTable(IDisk disk, string directory, TimeProvider time, ILog log, long expirationMs)
    {
        (this.disk, this.directory, this.time, this.log, this.expirationMs) = (disk, directory, time, log, expirationMs);
        foreach (var entry in disk.List(directory))
        {
            if (LogFileNames.TryParseOffset(entry.Name, LogFileNames.SnapshotSuffix, out var offset))
                snapshotOffsets.Add(offset);
        }
    }

    /// <summary>The state covers the log up to here, exclusive.</summary>
    public long MapEndOffset { get; internal set; }
    public IReadOnlyCollection<ProducerState> Producers => producers.Values;
    internal IReadOnlyCollection<long> SnapshotOffsets => snapshotOffsets;

    /// <summary>Where the oldest open transaction begins; null without one. KIP-98.</summary>
    public long? FirstOpenTransactionOffset
    {
        get
        {
            long? first = null;
            foreach (var producer in producers.Values)
            {
                if (producer.CurrentTxnFirstOffset >= 0 && !(first <= producer.CurrentTxnFirstOffset))
                    first = producer.CurrentTxnFirstOffset;
            }
            return first;
        }
    }

    public ProducerState? Find(long producerId) => producers.GetValueOrDefault(producerId);

    /// <summary>
    /// Judges a batch with a producer id: a repeat, InvalidProducerEpoch, OutOfOrderSequenceNumber, InvalidTxnState, or fine. A producer
    /// that is not known may begin with any sequence, because its state may have expired.
    /// </summary>
    public ProducerCheck Check(RecordBatch batch, AppendOrigin origin)
    {
        var (producerId, epoch) = (batch.Producer.ProducerId, batch.Producer.Epoch);
        if (origin == AppendOrigin.Replication || !producers.TryGetValue(producerId, out var known))
            return ProducerCheck.Passed;
        if (origin == AppendOrigin.Client && known.FindDuplicate(epoch, batch.BaseSequence, batch.LastSequence) is { } duplicate)
            return new ProducerCheck(KafkaError.None, duplicate);
        if (epoch < known.Epoch)
            return new ProducerCheck(KafkaError.InvalidProducerEpoch, null);
        if (origin != AppendOrigin.Client || batch.IsControl)
            return ProducerCheck.Passed;
        if (!IsInSequence(known, epoch, batch.BaseSequence))
            return new ProducerCheck(KafkaError.OutOfOrderSequenceNumber, null);
        return known.CurrentTxnFirstOffset >= 0
            && !batch.IsTransactional ? new ProducerCheck(KafkaError.InvalidTxnState, null) : ProducerCheck.Passed;
    }

    /// <summary>Takes in an appended batch, whose bytes are all there when it is a control batch.</summary>
    internal void Apply(RecordBatch batch)
    {
        if (batch.HasProducerId)
        {
            var (producerId, epoch) = (batch.Producer.ProducerId, batch.Producer.Epoch);
            if (!producers.TryGetValue(producerId, out var producer))
                producers[producerId] = producer = new ProducerState(producerId);
            if (!batch.IsControl)
                producer.Add(
                    epoch, new ProducedBatch(batch.LastSequence, batch.LastOffset, batch.LastOffsetDelta, batch.MaxTimestamp),
                    batch.IsTransactional);
            else if (TryReadEndMarker(batch, out var coordinatorEpoch, out var timestamp))
                producer.End(epoch, coordinatorEpoch, timestamp);
        }
        MapEndOffset = batch.NextOffset;
    }

    /// <summary>Forgets producers without an open transaction that have been silent for <c>producer.id.expiration.ms</c>.</summary>
    internal void RemoveExpired()
    {
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var producer in producers.Values)
        {
            // A Dictionary lets entries be removed while it is walked.
            if (IsExpired(producer, nowMs))
                producers.Remove(producer.ProducerId);
        }
    }

    /// <summary>
    /// Writes the state as of <see cref="MapEndOffset"/> unless that is on disk; the caller makes it durable with the log.
    /// </summary>
    internal void TakeSnapshot()
    {
        if (snapshotOffsets.Count > 0 && snapshotOffsets.Max >= MapEndOffset)
            return;
        var file = disk.Open(PathOf(MapEndOffset), DiskOpenMode.OpenOrCreate);
        try
        {
            file.SetLength(0);
            file.Write(0, ProducerSnapshot.Encode(producers.Values));
        }
        finally
        {
            file.Release();
        }
        snapshotOffsets.Add(MapEndOffset);
    }

    internal void FlushSnapshot(long offset)
    {
        if (!snapshotOffsets.Contains(offset))
            return;
        var file = disk.Open(PathOf(offset), DiskOpenMode.Existing);
        try
        {
            file.Flush();
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>
    /// Starts over from the newest sound snapshot at most at <paramref name="logEndOffset"/>; later ones describe what is no longer in the
    /// log and go. Afterwards the log is replayed from <see cref="MapEndOffset"/> on.
    /// </summary>
    internal void Reload(long logStartOffset, long logEndOffset)
    {
        producers.Clear();
        MapEndOffset = logStartOffset;
        while (snapshotOffsets.Count > 0)
        {
            var offset = snapshotOffsets.Max;
            if (offset <= logEndOffset && offset >= logStartOffset && TryLoad(offset))
                return;
            if (offset < logStartOffset)
                return;
            DeleteSnapshot(offset);
        }
    }

    internal void Clear(long mapEndOffset)
    {
        producers.Clear();
        foreach (var offset in snapshotOffsets.ToArray())
            DeleteSnapshot(offset);
        MapEndOffset = mapEndOffset;
    }

    internal void DeleteSnapshot(long offset)
    {
        snapshotOffsets.Remove(offset);
        disk.DeleteFile(PathOf(offset));
    }

    /// <summary>
    /// Deletes snapshots that belong to no segment, the newest past the last segment excepted: they are of another past of the folder.
    /// </summary>
    internal void DeleteStraySnapshots(IReadOnlySet<long> segmentBaseOffsets)
    {
        var lastBaseOffset = segmentBaseOffsets.Count == 0 ? -1 : segmentBaseOffsets.Max();
        foreach (var offset in snapshotOffsets.ToArray())
        {
            if (!segmentBaseOffsets.Contains(offset) && !(offset == snapshotOffsets.Max && offset > lastBaseOffset))
                DeleteSnapshot(offset);
        }
    }

    private bool TryLoad(long offset)
    {
        if (!ProducerSnapshot.TryDecode(disk.ReadAllBytes(PathOf(offset)), out var loaded))
        {
            log.Warn("log", $"file={PathOf(offset)} is damaged and is deleted");
            return false;
        }
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var producer in loaded)
        {
            if (!IsExpired(producer, nowMs))
                producers[producer.ProducerId] = producer;
        }
        MapEndOffset = offset;
        return true;
    }

    private static bool IsInSequence(ProducerState known, short epoch, int baseSequence)
    {
        if (known.Epoch == ProducerState.NoEpoch)
            return true;
        if (epoch != known.Epoch)
            return baseSequence == 0;
        return baseSequence == known.LastSequence + 1L || baseSequence == 0 && known.LastSequence == int.MaxValue;
    }

    private bool IsExpired(ProducerState producer, long nowMs)
        => producer.CurrentTxnFirstOffset < 0 && nowMs - producer.LastTimestamp >= expirationMs;

    private static bool TryReadEndMarker(RecordBatch batch, out int coordinatorEpoch, out long timestamp)
    {
        const short abort = 0, commit = 1;
        (coordinatorEpoch, timestamp) = (-1, -1);
        var records = batch.Records();
        if (!records.MoveNext() || records.Current.Key.Length < 4 || records.Current.Value.Length < 6)
            return false;
        coordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(records.Current.Value[2..]);
        timestamp = records.Current.Timestamp;
        return BinaryPrimitives.ReadInt16BigEndian(records.Current.Key[2..]) is abort or commit;
    }

    private string PathOf(long offset) => Path.Combine(directory, LogFileNames.OfOffset(offset, LogFileNames.SnapshotSuffix));
}
