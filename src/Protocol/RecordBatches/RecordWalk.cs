using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>Tells a visitor of the records of a batch, wherever they lie; none of them is built or copied.</summary>
public static class RecordWalk
{
    /// <summary>
    /// The records as the batch has them, compressed or not. False when they are not whole, unfold to more than
    /// <paramref name="unfoldedMaxBytes"/>, or the visitor ended the walk of compressed ones.
    /// </summary>
    public static bool TryVisit<TVisitor>(RecordBatch batch, int unfoldedMaxBytes, ref TVisitor visitor)
        where TVisitor : struct, IRecordVisitor
    {
        if (!batch.IsCompressed)
            return TryVisit(batch.Records(), ref visitor);
        using var records = new RecordStream<TVisitor>(visitor, batch.RecordCount);
        var isUnfolded = RecordCompression.TryDecompress(batch.CompressionType, batch.RecordsBytes, records, unfoldedMaxBytes, out _);
        var isWhole = isUnfolded && records.TryFinish();
        visitor = records.Visitor;
        return isWhole;
    }

    /// <summary>False when the records are not whole; a visitor may end the walk.</summary>
    public static bool TryVisit<TVisitor>(RecordEnumerator records, ref TVisitor visitor)
        where TVisitor : struct, IRecordVisitor
    {
        while (records.MoveNext() && visitor.Visit(records.CurrentShape))
        {
        }
        return records.Error is null;
    }
}
