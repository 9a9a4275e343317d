namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>
/// The fields of a record of magic 2 in front of its key: length, attributes, differences to its batch, the key's length.
/// </summary>
internal static class RecordStart
{
    public const int MaxBytes = 1 + Varint.Int64MaxBytes + (3 * Varint.Int32MaxBytes);

    /// <summary>The bytes written, <see cref="MaxBytes"/> at most.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="timestampDelta">In ms, to the batch's first.</param>
    /// <param name="offsetDelta">To the batch's base offset.</param>
    /// <param name="keyBytes">−1 for null.</param>
    /// <param name="valueBytes">−1 for null.</param>
    /// <param name="headersBytes">With their count.</param>
    public static int Write(Span<byte> target, long timestampDelta, int offsetDelta, int keyBytes, int valueBytes, int headersBytes)
    {
        var length = 1 + Varint.SizeOf(timestampDelta) + Varint.SizeOf(offsetDelta) + SizeOf(keyBytes) + SizeOf(valueBytes)
            + headersBytes;
        var written = Varint.Write(target, length);
        target[written++] = 0;
        written += Varint.Write(target[written..], timestampDelta);
        written += Varint.Write(target[written..], offsetDelta);
        return written + Varint.Write(target[written..], keyBytes);
    }

    private static int SizeOf(int bytes) => Varint.SizeOf(bytes) + Math.Max(bytes, 0);
}
