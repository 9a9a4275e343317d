using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>A record of any format, as a batch's walk shows it.</summary>
public readonly ref struct InspectedRecord
{
    public required long Offset { get; init; }
    /// <summary>In ms; −1 for none.</summary>
    public required long Timestamp { get; init; }
    public required ReadOnlySpan<byte> Key { get; init; }
    public required bool HasKey { get; init; }
    public required ReadOnlySpan<byte> Value { get; init; }
    public required bool HasValue { get; init; }
    /// <summary>None in formats 0 and 1.</summary>
    public RecordHeaderEnumerator Headers { get; init; }
    /// <summary>Whether it is the record of a control batch, such as the marker that ends a transaction.</summary>
    public bool IsControl { get; init; }
}

/// <summary>Is shown the batches of segments in their order, and, when an inspection is deep, the records behind each.</summary>
public interface IBatchVisitor
{
    /// <param name="path">The <c>.log</c>.</param>
    /// <param name="header">The batch's header alone.</param>
    /// <param name="fault">What is wrong with it; null when nothing is.</param>
    void OnBatch(string path, long position, RecordBatch header, string? fault);

    void OnRecord(string path, in InspectedRecord record);
}

/// <summary>What an inspection works with.</summary>
public sealed record InspectionOptions
{
    public required IDisk Disk { get; init; }
    /// <summary>Takes each finding as it is made.</summary>
    public required Action<Finding> Report { get; init; }
    /// <summary>Also looks into the records of sound batches.</summary>
    public bool IsDeep { get; init; }
    public IBatchVisitor? Visitor { get; init; }
    /// <summary>Is told how many more bytes of <c>.log</c> files have been read.</summary>
    public Action<long> Progress { get; init; } = static _ => { };
    /// <summary>A broker runs on the files: what is being appended is no damage.</summary>
    public bool IsInUse { get; init; }
    /// <summary>
    /// The files are those of a broker that did not end in order, or runs: it may have preallocated the log file of an active segment.
    /// </summary>
    internal bool MayBePreallocated { get; init; }
}
