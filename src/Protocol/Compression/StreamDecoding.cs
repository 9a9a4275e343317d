namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>What one call of a streaming decoder did.</summary>
/// <param name="Consumed">Bytes of the source that it took.</param>
/// <param name="Written">Bytes of the target that it filled.</param>
/// <param name="IsFrameEnd">Whether a frame is complete, so that the source may end there.</param>
/// <param name="Error">What is wrong with the source; null when nothing is.</param>
internal readonly record struct DecodeStep(int Consumed, int Written, bool IsFrameEnd, string? Error);

/// <summary>A codec that takes its source and fills its target piece by piece, and knows where a frame ends.</summary>
internal interface IStreamDecoder
{
    string Name { get; }

    /// <summary>Whether what stands behind the first frame is passed over, as Kafka's own reader does.</summary>
    bool ReadsOneFrame { get; }

    DecodeStep Decode(ReadOnlySpan<byte> source, Span<byte> target);
}

/// <summary>Unfolds whole frames with a streaming decoder, up to the bound of the output.</summary>
internal static class StreamDecoding
{
    /// <summary>Null, or why the bytes are not whole frames within the bound.</summary>
    public static string? Decode<TDecoder>(TDecoder decoder, ReadOnlySpan<byte> bytes, ref BoundedOutput output)
        where TDecoder : struct, IStreamDecoder
    {
        // Where the bound is reached, one byte of room tells whether there is more.
        Span<byte> probe = stackalloc byte[1];
        var isFrameEnd = false;
        while (!isFrameEnd || !bytes.IsEmpty && !decoder.ReadsOneFrame)
        {
            scoped var piece = output.NextPiece();
            var isFull = piece.IsEmpty;
            if (isFull)
                piece = probe;
            var step = decoder.Decode(bytes, piece);
            if (step.Error is not null)
                return step.Error;
            if (isFull && step.Written > 0)
                return BoundedOutput.TooLarge;
            if (step.Written == 0 && step.Consumed == 0)
                return $"the {decoder.Name} frame is cut";
            if (!isFull)
                output.Advance(step.Written);
            bytes = bytes[step.Consumed..];
            isFrameEnd = step.IsFrameEnd;
        }
        return null;
    }
}
