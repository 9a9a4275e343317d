using System.Buffers;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Storage.Moving;

/// <summary>
/// The copy of a partition's log that grows in another log dir until it can take the log's place, while the log goes on: what is appended
/// is copied up to the log's end, and where the log is cut the copy is. Touched only on the loop that owns the copy, but for
/// <see cref="Look"/>. KIP-113.
/// </summary>
public sealed class LogCopy(PartitionLog copy)
{
    private const int PieceMaxBytes = 1 << 20;
    /// <summary>
    /// So much may be copied on the partition's loop at the end: a writer who never rests cannot keep a move from ending.
    /// </summary>
    private const int LastPiecesMax = 8;

    public PartitionLog Log => copy;

    /// <summary>
    /// Where the log is changed, before <see cref="Begin"/>: no compaction works on it from here on, and cuts are noted for the copy.
    /// </summary>
    public static CopiedLog Look(PartitionLog source)
    {
        source.ReadOnly.IsCleaningPaused = true;
        source.Compaction.Abort();
        source.ReadOnly.TakeCut();
        return new CopiedLog(
            source.TopicId, source.LeaderEpochs, source.LogStartOffset, source.LogEndOffset, source.ReadOnly.FirstDirtyOffset);
    }

    /// <summary>
    /// Goes on with what an earlier start of the broker has left of the copy, as far as leader epochs say that it is of the same log, and
    /// otherwise begins anew. A log that was compacted meanwhile is copied anew too: a tombstone that it has no more would be missing
    /// behind a record that the copy still has. Recovery points have to be written before the copy grows.
    /// </summary>
    public void Begin(CopiedLog source)
    {
        // One of another topic is no copy of this log, and was deleted when the log dirs were loaded.
        Invariant.Holds(source.TopicId.IsZero || copy.AssignTopicId(source.TopicId));
        var shared = copy.ReadOnly.FirstDirtyOffset == source.FirstDirtyOffset
            ? copy.LeaderEpochs.SharedEnd(copy.LogEndOffset, source.LeaderEpochs, source.LogEndOffset)
            : null;
        if (shared is { } offset && offset > copy.LogStartOffset && offset >= source.LogStartOffset)
            copy.TruncateTo(offset);
        else
            copy.TruncateFullyAndStartAt(source.LogStartOffset);
        copy.ReadOnly.FirstDirtyOffset = source.FirstDirtyOffset;
    }

    /// <summary>Copies the next piece, or cuts the copy where the log was cut.</summary>
    public CopyStep Step(ReadOnlyLog source)
    {
        if (!ReferenceEquals(copy.Config, source.Config))
            copy.UpdateConfig(source.Config);
        if (source.TakeCut() is { } cut && TryTruncateTo(cut))
            return new CopyStep(CopyResult.Truncated);
        if (copy.LogEndOffset < source.LogStartOffset || copy.LogStartOffset > source.LogStartOffset)
        {
            // Retention was faster than the copying, or a crash has taken the log's start back to where it was before.
            copy.TruncateFullyAndStartAt(source.LogStartOffset);
            return new CopyStep(CopyResult.Truncated);
        }
        FollowLogStart(source);
        var read = source.Read(
            copy.LogEndOffset, Math.Min(PieceMaxBytes, source.Config.SegmentBytes), upperBoundOffset: long.MaxValue, atLeastOneBatch: true);
        if (read.Slice is { } slice)
            return Copy(slice, source);
        return new CopyStep(
            read.Error == KafkaError.None && read.LogEndOffset == copy.LogEndOffset ? CopyResult.CaughtUp : CopyResult.Nothing);
    }

    /// <summary>
    /// Copies the rest where the log is changed, and so stands still, and takes its place; false when there is too much left, or the copy
    /// had to be cut. A failure of the copy's dir, or of the log's before it is replaced, is thrown.
    /// </summary>
    /// <param name="source">On the loop that the copy is on too.</param>
    /// <param name="directory">The copy's folder from then on.</param>
    /// <param name="replacedDirectory">The other log's folder from then on.</param>
    /// <param name="failure">What the other log's dir failed with, behind the replacement.</param>
    public bool TryReplace(PartitionLog source, string directory, string replacedDirectory, out DiskError? failure)
    {
        failure = source.Failure;
        if (failure is not null)
            throw failure;
        if (!TryCatchUp(source))
            return false;
        Invariant.Holds(source.TopicId.IsZero || copy.AssignTopicId(source.TopicId));
        copy.Flush();
        failure = copy.TakePlaceOf(source, directory, replacedDirectory);
        return true;
    }

    private bool TryCatchUp(PartitionLog source)
    {
        for (var piece = 0; piece < LastPiecesMax; piece++)
        {
            var step = Step(source.ReadOnly);
            if (step.Result == CopyResult.CaughtUp)
                return copy.LogStartOffset == source.LogStartOffset;
            // Where the log stands still and nothing can be read, compaction has left no record up to its end.
            if (step.Result == CopyResult.Nothing && copy.LogEndOffset < source.LogEndOffset)
                copy.SkipTo(source.LogEndOffset);
            else if (step.Result != CopyResult.Copied)
                return false;
        }
        return false;
    }

    private CopyStep Copy(FileSlice slice, ReadOnlyLog source)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(slice.Length);
        try
        {
            int length;
            try
            {
                length = slice.File.Read(slice.Position, buffer.AsSpan(0, slice.Length));
            }
            finally
            {
                slice.File.Release();
            }
            return Append(buffer.AsMemory(0, length), source);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private CopyStep Append(ReadOnlyMemory<byte> records, ReadOnlyLog source)
    {
        var before = copy.LogEndOffset;
        var result = copy.AppendAsFollower(records);
        // The log may begin inside of its first batch.
        if (result.Error == KafkaError.OffsetOutOfRange && copy.LogStartOffset == copy.LogEndOffset)
        {
            before = new RecordBatch(records.Span).BaseOffset;
            copy.TruncateFullyAndStartAt(before);
            result = copy.AppendAsFollower(records);
            FollowLogStart(source);
        }
        if (result.Error == KafkaError.None)
            return copy.LogEndOffset > before ? new CopyStep(CopyResult.Copied, records.Length) : new CopyStep(CopyResult.Nothing);
        return new CopyStep(CopyResult.Failed, 0, $"what follows offset {copy.LogEndOffset} is refused by the copy: {result.Error}");
    }

    private bool TryTruncateTo(long offset)
    {
        var isCut = offset < copy.LogEndOffset;
        copy.TruncateTo(offset);
        return isCut;
    }

    /// <summary>Only what lies below the log's start goes; retention by time or size is the log's own.</summary>
    private void FollowLogStart(ReadOnlyLog source)
    {
        if (copy.RaiseLogStartOffset(Math.Min(source.LogStartOffset, copy.LogEndOffset)))
            copy.DeleteOldSegments(copy.LogStartOffset);
    }
}
