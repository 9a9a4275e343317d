using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// One stretch of a log: a <c>.log</c> file with its indexes, named by the first offset it may hold. Appended to and cut only by the log's
/// writer while it is the last one; read from any thread within bounds that the reader takes from the log's published view.
/// </summary>
public sealed class LogSegment
{
    private readonly SegmentFiles files;
    private readonly IndexPlace offsetIndexPlace, timeIndexPlace;
    private readonly int indexIntervalBytes;
    private readonly long createdMs;
    private volatile int sizeInBytes;
    private volatile TimestampMark maxTimestamp;
    private int bytesSinceIndexEntry;
    private long? firstTimestamp;
    /// <summary>The file is longer than what was written to it.</summary>
    private bool hasUnwrittenEnd;
    private int closed;

    private LogSegment(
        SegmentOptions options, long baseOffset, SegmentFiles files, DiskOpenMode mode, string newIndexName = "",
        int preallocatedBytes = 0)
    {
        (BaseOffset, this.files) = (baseOffset, files);
        indexIntervalBytes = options.IndexIntervalBytes;
        createdMs = options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        offsetIndexPlace = new IndexPlace(files, LogFileNames.IndexSuffix, newIndexName);
        timeIndexPlace = new IndexPlace(files, LogFileNames.TimeIndexSuffix, newIndexName);
        File = files.OpenLog(mode);
        try
        {
            OffsetIndex = new OffsetIndex(offsetIndexPlace, baseOffset, options.IndexMaxBytes);
            TimeIndex = new TimeIndex(timeIndexPlace, baseOffset, options.IndexMaxBytes);
            sizeInBytes = checked((int)File.Length);
            if (preallocatedBytes > 0)
                Preallocate(preallocatedBytes);
            maxTimestamp = TimeIndex.Last;
            AbortedTransactions = new TransactionIndex(files, baseOffset);
        }
        catch
        {
            File.Release();
            throw;
        }
    }

    public long BaseOffset { get; }
    public int SizeInBytes => sizeInBytes;
    /// <summary>When the log file was last written to. For ListOffsets of before KIP-79.</summary>
    public long LastModifiedMs { get => files.LastModifiedMs; internal set => files.LastModifiedMs = value; }
    internal IDiskFile File { get; }
    internal OffsetIndex OffsetIndex { get; }
    internal TimeIndex TimeIndex { get; }
    internal TransactionIndex AbortedTransactions { get; }
    /// <summary>The largest timestamp seen and the last offset of the batch that has it; (−1, base offset) without one.</summary>
    internal TimestampMark MaxTimestamp { get => maxTimestamp; private set => maxTimestamp = value; }
    /// <summary>The largest timestamp of the segment, or the time of its file when its records have none. For retention.</summary>
    internal long LargestTimestampMs => MaxTimestamp.Timestamp >= 0 ? MaxTimestamp.Timestamp : LastModifiedMs;

    /// <summary>
    /// Makes the files of a new segment; leftovers under the same names go first. What is preallocated is cut off again when the segment
    /// takes no more appends, and by a start after a crash.
    /// </summary>
    internal static LogSegment Create(SegmentOptions options, long baseOffset)
    {
        var files = new SegmentFiles(options, baseOffset);
        files.Delete();
        return new LogSegment(
            options, baseOffset, files, DiskOpenMode.CreateNew, preallocatedBytes: options.PreallocatedBytes);
    }

    internal static LogSegment Open(SegmentOptions options, long baseOffset)
        => new(options, baseOffset, new SegmentFiles(options, baseOffset), DiskOpenMode.Existing);

    /// <summary>
    /// Makes a segment that a cleaner fills: its files have names that a start deletes until <see cref="Rename"/>.
    /// </summary>
    internal static LogSegment CreateCleaned(SegmentOptions options, long baseOffset)
    {
        var files = new SegmentFiles(options, baseOffset, LogFileNames.CleanedSuffix);
        files.Delete();
        return new LogSegment(options, baseOffset, files, DiskOpenMode.CreateNew);
    }

    /// <summary>
    /// Opens a segment with empty indexes in new files, which have a name that the next start deletes until
    /// <see cref="PutIndexesInPlace"/>: an index of which a crash has left a part looks like a whole one.
    /// </summary>
    internal static LogSegment OpenToIndex(SegmentOptions options, long baseOffset)
    {
        var files = new SegmentFiles(options, baseOffset);
        files.DeleteUnfinishedIndexes();
        return new LogSegment(options, baseOffset, files, DiskOpenMode.Existing, LogFileNames.CleanedSuffix);
    }

    /// <summary>
    /// Gives the new indexes, which are whole and flushed, their names. Should a power loss take those back, they are built once more.
    /// </summary>
    internal void PutIndexesInPlace()
    {
        files.PutIndexesInPlace();
        offsetIndexPlace.PutInPlace();
        timeIndexPlace.PutInPlace();
    }

    /// <summary>
    /// Appends batches in one write, and indexes each of them: a fetch from a leader brings many, and an index entry is of one batch, as
    /// Kafka's reader of indexes has it.
    /// </summary>
    internal void Append(ReadOnlySpan<byte> batches)
    {
        File.Write(sizeInBytes, batches);
        foreach (var batch in new RecordBatchEnumerator(batches))
        {
            IndexBatch(sizeInBytes, batch.SizeInBytes, batch.LastOffset, batch.MaxTimestamp);
            sizeInBytes = checked(sizeInBytes + batch.SizeInBytes);
        }
    }

    /// <summary>The time of the first batch, in ms; −1 where it has none or there is no batch. Read from the file, on any thread.</summary>
    internal long ReadFirstTimestamp()
    {
        var scanner = new BatchScanner(File, 0, sizeInBytes, stackalloc byte[RecordBatch.HeaderBytes]);
        return scanner.MoveNext() ? scanner.Header.MaxTimestamp : -1;
    }

    /// <summary>Whether every offset up to this one fits into the index entries' 31 bits.</summary>
    internal bool CanHold(long lastOffset) => lastOffset - BaseOffset is >= 0 and <= int.MaxValue;

    /// <summary>
    /// How long the segment has been filling, in ms: by the records' time from its first batch to the append, or by the clock when they
    /// have none.
    /// </summary>
    internal long WaitedForRollMs(long nowMs, long appendTimestamp)
    {
        if (firstTimestamp is null && sizeInBytes > 0)
            firstTimestamp = ReadFirstTimestamp();
        return firstTimestamp is >= 0 and var first ? appendTimestamp - first : nowMs - createdMs;
    }

    /// <summary>
    /// Where the first batch begins whose last offset is at least this; the end of the bytes below <paramref name="endPosition"/> when
    /// there is none.
    /// <paramref name="startPosition"/> is a batch's start known to be at or before it; −1 takes it from the index.
    /// </summary>
    internal BatchPosition Locate(long offset, int endPosition, int startPosition = -1)
    {
        if (startPosition < 0)
            startPosition = OffsetIndex.PositionAtMost(offset);
        if (startPosition < 0 || startPosition > endPosition)
            startPosition = 0;
        var scanner = new BatchScanner(File, startPosition, endPosition, stackalloc byte[BatchScanner.BufferBytes]);
        while (scanner.MoveNext())
        {
            if (scanner.Header.LastOffset >= offset)
                return new BatchPosition((int)scanner.Position, scanner.SizeInBytes, scanner.Header.BaseOffset);
        }
        return new BatchPosition((int)scanner.Position, 0, -1);
    }

    /// <summary>The offset after the last whole batch, read from the file; also finds the largest timestamp past the time index.</summary>
    internal long ReadNextOffset()
    {
        var nextOffset = BaseOffset;
        var scanner = new BatchScanner(File, OffsetIndex.LastPosition, sizeInBytes, stackalloc byte[BatchScanner.BufferBytes]);
        while (scanner.MoveNext())
        {
            nextOffset = scanner.Header.LastOffset + 1;
            if (scanner.Header.MaxTimestamp > MaxTimestamp.Timestamp)
                MaxTimestamp = new TimestampMark(scanner.Header.MaxTimestamp, scanner.Header.LastOffset);
        }
        return nextOffset;
    }

    /// <summary>Whether the last whole batch ends where the file does.</summary>
    internal bool EndsInWholeBatch()
    {
        var scanner = new BatchScanner(File, OffsetIndex.LastPosition, sizeInBytes, stackalloc byte[BatchScanner.BufferBytes]);
        while (scanner.MoveNext())
        {
        }
        return scanner.Position == sizeInBytes;
    }

    /// <summary>
    /// Whether the indexes can be those of this log file. The last entry is held against the batch it points to, because the log's end is
    /// read from there.
    /// </summary>
    internal bool HasSoundIndexes()
    {
        if (!OffsetIndex.IsSane(sizeInBytes) || !TimeIndex.IsSane())
            return false;
        var lastOffset = OffsetIndex.LastOffset;
        if (lastOffset < BaseOffset)
            return true;
        var scanner = new BatchScanner(File, OffsetIndex.LastPosition, sizeInBytes, stackalloc byte[RecordBatch.HeaderBytes]);
        return scanner.MoveNext() && scanner.Header.BaseOffset >= BaseOffset && scanner.Header.BaseOffset <= lastOffset;
    }

    /// <summary>The segment takes appends: its indexes come into memory.</summary>
    internal void BecomeActive()
    {
        OffsetIndex.Entries.Load();
        TimeIndex.Entries.Load();
    }

    /// <summary>
    /// The segment takes no more appends: the time index gets its last entry, the indexes are written and leave memory, the log file ends
    /// where its last batch does.
    /// </summary>
    internal void BecomeInactive()
    {
        AddLastTimeEntry();
        UnloadIndexes();
        CutUnwrittenEnd();
    }

    /// <summary>
    /// Cuts off what was preallocated and not written. True when there was any: the file is to be flushed, as whoever opens it after a
    /// clean stop appends where it ends.
    /// </summary>
    internal bool CutUnwrittenEnd()
    {
        if (!hasUnwrittenEnd)
            return false;
        CutAt(sizeInBytes);
        return true;
    }

    internal void UnloadIndexes()
    {
        OffsetIndex.Entries.Unload();
        TimeIndex.Entries.Unload();
    }

    internal void AddLastTimeEntry() => TimeIndex.MaybeAppend(MaxTimestamp.Timestamp, MaxTimestamp.Offset, mayTakeLastSlot: true);

    /// <summary>Empties the indexes, to be built anew by <see cref="IndexBatch"/> for each batch in order.</summary>
    internal void ResetIndexes()
    {
        OffsetIndex.Entries.BeginAnew();
        TimeIndex.Entries.BeginAnew();
        MaxTimestamp = new TimestampMark(-1, BaseOffset);
        bytesSinceIndexEntry = 0;
    }

    internal void IndexBatch(int position, int batchBytes, long lastOffset, long maxTimestamp)
    {
        if (position == 0)
            firstTimestamp = maxTimestamp;
        if (maxTimestamp > MaxTimestamp.Timestamp)
            MaxTimestamp = new TimestampMark(maxTimestamp, lastOffset);
        AddIndexEntries(lastOffset, position);
        bytesSinceIndexEntry += batchBytes;
    }

    /// <summary>Cuts the file at a position, for bytes that form no batch.</summary>
    internal void CutAt(int position)
    {
        File.SetLength(position);
        sizeInBytes = position;
        hasUnwrittenEnd = false;
    }

    /// <summary>Cuts the segment before the batch that holds the offset; the offset at which it then ends, at most this one.</summary>
    internal long TruncateTo(long offset)
    {
        var cut = Locate(offset, sizeInBytes);
        var position = cut.Position;
        OffsetIndex.TruncateTo(offset);
        TimeIndex.TruncateTo(offset);
        AbortedTransactions.TruncateTo(offset);
        CutAt(position);
        bytesSinceIndexEntry = 0;
        if (position == 0)
            firstTimestamp = null;
        MaxTimestamp = TimeIndex.Last;
        ReadNextOffset();
        return cut.SizeInBytes > 0 ? Math.Min(offset, cut.BaseOffset) : offset;
    }

    /// <summary>
    /// Makes the records durable, and nothing that can be built from them: for a segment that a start reads through, because the recovery
    /// point lies in it.
    /// </summary>
    internal void FlushRecords() => File.Flush();

    /// <summary>Makes all bytes durable. A name becomes durable by a flush of the folder.</summary>
    internal void Flush()
    {
        FlushRecords();
        OffsetIndex.Entries.Write(andFlush: true);
        TimeIndex.Entries.Write(andFlush: true);
        AbortedTransactions.Flush();
    }

    /// <summary>As <see cref="SegmentFiles.WriteBack"/>.</summary>
    internal void WriteBack() => files.WriteBack();

    /// <summary>As <see cref="SegmentFiles.MarkDeleted"/>.</summary>
    internal void MarkDeleted() => files.MarkDeleted();

    /// <summary>As <see cref="SegmentFiles.Rename"/>.</summary>
    internal void Rename(string newEnding) => files.Rename(newEnding);

    /// <summary>As <see cref="SegmentFiles.FolderRenamed"/>.</summary>
    internal void FolderRenamed(string newDirectory) => files.FolderRenamed(newDirectory);

    internal void DeleteFiles() => files.Delete();

    /// <summary>
    /// Another segment takes the names of this one's files: who is reading here still has the log file, but not the indexes.
    /// </summary>
    internal void GiveUpIndexes()
    {
        OffsetIndex.Entries.Close();
        TimeIndex.Entries.Close();
        AbortedTransactions.Close();
    }

    /// <summary>
    /// Gives up the files; answers in flight keep theirs open. A change that fails may leave a segment to the log, whose loop closes it,
    /// and to the disk loop, which deletes it: the first of them closes it.
    /// </summary>
    internal void Close()
    {
        if (Interlocked.Exchange(ref closed, 1) == 1)
            return;
        File.Release();
        GiveUpIndexes();
    }

    /// <summary>On any thread.</summary>
    internal bool IsClosed => Volatile.Read(ref closed) == 1;

    public override string ToString() => LogFileNames.OfOffset(BaseOffset, LogFileNames.LogSuffix);

    private void Preallocate(int bytes)
    {
        Invariant.Holds(sizeInBytes == 0);
        File.SetLength(bytes);
        hasUnwrittenEnd = true;
    }

    private void AddIndexEntries(long lastOffset, int position)
    {
        if (bytesSinceIndexEntry <= indexIntervalBytes)
            return;
        // A setting may have made indexes smaller since; one with fewer entries is as right.
        if (!OffsetIndex.IsFull)
            OffsetIndex.Append(lastOffset, position);
        TimeIndex.MaybeAppend(MaxTimestamp.Timestamp, MaxTimestamp.Offset);
        bytesSinceIndexEntry = 0;
    }
}
