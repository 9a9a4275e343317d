using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Reading;

/// <summary>
/// What a read found: a run of whole batches (the last may be cut), beginning with the batch that holds the wanted offset. The caller owns
/// <see cref="Slice"/>'s reference when there is one. Offsets are those of the moment of the read.
/// </summary>
public readonly record struct LogReadResult
{
    /// <summary>None, or OffsetOutOfRange.</summary>
    public KafkaError Error { get; init; }
    /// <summary>Null when there is nothing to read below the bound.</summary>
    public FileSlice? Slice { get; init; }
    /// <summary>Base offset of the first batch in the slice; −1 without one.</summary>
    public long FirstOffset { get; init; }
    /// <summary>
    /// The aborted transactions that may have records in the slice, by rising offset of their markers; only of a read that asks for them,
    /// null where there are none.
    /// </summary>
    public IReadOnlyList<AbortedTransaction>? AbortedTransactions { get; init; }
    public long LogStartOffset { get; init; }
    public long LogEndOffset { get; init; }

    public int Length => Slice?.Length ?? 0;
}
