using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Protocol.Legacy;

/// <summary>Is told of messages one by one, in order.</summary>
public interface IMessageVisitor
{
    /// <summary>False ends the walk.</summary>
    bool Visit(in LegacyMessage message);
}

/// <summary>Tells a visitor of the messages of format 0 or 1 that one entry of a log or a request stands for.</summary>
public static class MessageWalk
{
    /// <summary>
    /// The message itself, or those in the wrapper that it is, with the offsets that they have there. Null when all is well or the visitor
    /// ended the walk; CorruptMessage when a length in a wrapper cannot be, otherwise InvalidRecord. A wrapper has messages, which unfold
    /// to at most <paramref name="unfoldedMaxBytes"/>, and its codec is not zstd, which is younger.
    /// </summary>
    public static KafkaError? Visit<TVisitor>(RecordBatch entry, int unfoldedMaxBytes, ref TVisitor visitor)
        where TVisitor : struct, IMessageVisitor
    {
        if (!LegacyMessage.TryRead(entry.Bytes, out var message))
            return KafkaError.InvalidRecord;
        if (!message.IsCompressed)
        {
            visitor.Visit(message);
            return null;
        }
        if (!message.HasValue || entry.CodecId > (int)CompressionType.Lz4)
            return KafkaError.InvalidRecord;
        using var messages = new ItemStream<Reader<TVisitor>>(new Reader<TVisitor>(visitor), unfoldedMaxBytes);
        var isUnfolded = RecordCompression.TryDecompress(
            entry.CompressionType, message.Value, messages, unfoldedMaxBytes, out _, isFormat0: message.Magic == 0);
        var reader = messages.Reader;
        visitor = reader.Visitor;
        if (reader.Error is not null || reader.IsEnded)
            return reader.Error;
        return isUnfolded && messages.IsAtItemEnd && reader.HasMessages ? null : KafkaError.InvalidRecord;
    }

    /// <summary>
    /// What to add to the offset of a message that the entry stands for to have the one that it has in the log. Where they are relative
    /// they are so to the last one, for which all are walked. False when they cannot be read.
    /// </summary>
    public static bool TryFindBaseOffset(RecordBatch entry, int unfoldedMaxBytes, out long baseOffset)
    {
        baseOffset = 0;
        if (!entry.IsCompressed)
            return true;
        var last = new LastMessage();
        if (Visit(entry, unfoldedMaxBytes, ref last) is not null)
            return false;
        baseOffset = HoldsRelativeOffsets(entry) ? entry.BaseOffset - last.Offset : 0;
        return true;
    }

    /// <summary>Wrappers of format 1 hold relative offsets; one at offset 0 is of a producer that did not set it.</summary>
    public static bool HoldsRelativeOffsets(RecordBatch entry) => entry is { Magic: 1, IsCompressed: true, BaseOffset: not 0 };

    private struct LastMessage : IMessageVisitor
    {
        public long Offset { get; private set; }

        public bool Visit(in LegacyMessage message)
        {
            Offset = message.Offset;
            return true;
        }
    }

    private struct Reader<TVisitor>(TVisitor visitor) : IItemReader
        where TVisitor : struct, IMessageVisitor
    {
        private TVisitor visitor = visitor;
        private bool hasEnded;

        public readonly TVisitor Visitor => visitor;
        public KafkaError? Error { get; private set; }
        public bool HasMessages { get; private set; }
        public readonly bool IsEnded => hasEnded || Error is not null;

        public int Take(ReadOnlySpan<byte> bytes, out int neededBytes)
        {
            var takenBytes = 0;
            neededBytes = RecordBatch.LengthOverheadBytes;
            while (!IsEnded && bytes.Length - takenBytes >= RecordBatch.LengthOverheadBytes)
            {
                var rest = bytes[takenBytes..];
                var length = BinaryPrimitives.ReadInt32BigEndian(rest[RecordBatch.BatchLengthAt..]);
                if (length < RecordBatch.LeastBatchLength)
                    Error = KafkaError.CorruptMessage;
                else if (length > rest.Length - RecordBatch.LengthOverheadBytes)
                {
                    neededBytes = (int)Math.Min((long)length + RecordBatch.LengthOverheadBytes, int.MaxValue);
                    break;
                }
                else
                {
                    Visit(rest[..(RecordBatch.LengthOverheadBytes + length)]);
                    takenBytes += RecordBatch.LengthOverheadBytes + length;
                }
            }
            return takenBytes;
        }

        private void Visit(ReadOnlySpan<byte> bytes)
        {
            if (!LegacyMessage.TryRead(bytes, out var message))
            {
                Error = KafkaError.InvalidRecord;
                return;
            }
            HasMessages = true;
            hasEnded = !visitor.Visit(message);
        }
    }
}
