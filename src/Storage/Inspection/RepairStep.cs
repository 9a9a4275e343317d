using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>
/// One change by which <see cref="LogRepair"/> mends a file, decided by whoever found the damage. <paramref name="Path"/> is the file or
/// folder that is changed, <paramref name="What"/> says it in words.
/// </summary>
public abstract record RepairStep(string Path, string What)
{
    /// <summary>The least goes first: <c>.log</c> files, then the indexes that find their batches, then what is built with both.</summary>
    internal int Rank => this switch
    {
        CutLog or LeaveOutDamage => 0,
        RebuildIndexes => 1,
        _ => 2,
    };

    /// <summary>Ends a <c>.log</c> at the position, behind which no sound batch lies.</summary>
    public sealed record CutLog(string Path, long Position) : RepairStep(Path, $"cut at position={Position}");

    /// <summary>
    /// Writes a segment anew with its sound batches alone, none of them below <paramref name="FirstOffset"/>. Readers see a gap in the
    /// offsets, as behind a compaction; other replicas may still have what is left out, so it is done only when it is asked for.
    /// </summary>
    public sealed record LeaveOutDamage(string Path, string Directory, long BaseOffset, long FirstOffset)
        : RepairStep(Path, "leave out the unsound bytes and keep the sound batches before and behind them");

    /// <summary>Builds a segment's <c>.index</c> and <c>.timeindex</c> from its batches.</summary>
    public sealed record RebuildIndexes(string Directory, long BaseOffset) : RepairStep(
        System.IO.Path.Combine(Directory, LogFileNames.OfOffset(BaseOffset, LogFileNames.IndexSuffix)),
        "build it and the .timeindex beside it anew");

    /// <summary>Builds the <c>.txnindex</c> files of a partition from its batches.</summary>
    public sealed record RebuildTransactionIndexes(string Directory) : RepairStep(Directory, "build the .txnindex files in it anew");

    /// <summary>Builds a partition's <c>leader-epoch-checkpoint</c> from its batches.</summary>
    public sealed record RebuildLeaderEpochs(string Directory, string Path) : RepairStep(Path, "build it anew from the batches");

    /// <summary>Deletes a file that a broker does without.</summary>
    public sealed record DeleteFile(string Path, string Consequence) : RepairStep(Path, $"delete it: {Consequence}");

    /// <summary>Lowers a partition's row in a checkpoint of its log dir to the end of its log.</summary>
    public sealed record LowerOffset(string Path, TopicPartition Partition, long Offset)
        : RepairStep(Path, $"set the offset of {Partition} to {Offset}");
}
