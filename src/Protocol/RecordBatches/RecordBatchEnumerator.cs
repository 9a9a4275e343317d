namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>
/// Walks the whole batches at the start of a run of bytes, of any format; stops before a cut one, one of a format that there is not, or one
/// whose length cannot be.
/// </summary>
public ref struct RecordBatchEnumerator(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;
    private int currentBytes;

    public readonly RecordBatch Current => new(rest);
    /// <summary>Where the current batch begins in the run.</summary>
    public int Position { get; private set; }
    /// <summary>The bytes from the current batch on; after the last <see cref="MoveNext"/>, those that form no whole batch.</summary>
    public readonly int RemainingBytes => rest.Length;

    public readonly RecordBatchEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        rest = rest[currentBytes..];
        Position += currentBytes;
        currentBytes = 0;
        if (rest.Length < RecordBatch.LegacyHeaderBytes)
            return false;
        var batch = new RecordBatch(rest);
        if (!batch.HasPossibleLength || batch.BatchLength > rest.Length - RecordBatch.LengthOverheadBytes)
            return false;
        currentBytes = batch.SizeInBytes;
        return true;
    }
}
