using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Protocol.Legacy;

/// <summary>
/// Writes entries of formats 0 and 1 with those of their messages that compaction keeps. A wrapper that loses some is compressed anew and
/// has the offset of the last one that is left, as offsets within it are told from its end. Used as <see cref="BatchRetention"/> is.
/// </summary>
public sealed class MessageRetention : IDisposable
{
    private readonly RetentionFlags kept = new();

    public void Dispose() => kept.Dispose();

    /// <summary>As <see cref="BatchRetention.Write"/>.</summary>
    public int Write<TRetention>(RecordBatch entry, ref TRetention retention, ArrayBufferWriter<byte> output)
        where TRetention : struct, IRetention
    {
        kept.Clear();
        if (!MessageWalk.TryFindBaseOffset(entry, Limits.DecompressedBatchBytes, out var baseOffset))
            return BatchRetention.Malformed;
        var decision = new Decision<TRetention>(retention, kept, baseOffset, entry.Magic);
        var malformed = MessageWalk.Visit(entry, Limits.DecompressedBatchBytes, ref decision);
        retention = decision.Retention;
        if (malformed is not null)
            return BatchRetention.Malformed;
        if (kept.SetCount == 0)
            return 0;
        if (kept.SetCount == decision.Count && !decision.HasOtherFormat)
            output.Write(entry.Bytes);
        else
            Rewrite(entry, baseOffset, output);
        return kept.SetCount;
    }

    /// <summary>As <see cref="BatchRetention.TryVisit"/>.</summary>
    public static bool TryVisit<TRetention>(RecordBatch entry, ref TRetention visitor)
        where TRetention : struct, IRetention
    {
        if (!MessageWalk.TryFindBaseOffset(entry, Limits.DecompressedBatchBytes, out var baseOffset))
            return false;
        var walk = new Walk<TRetention>(visitor, baseOffset);
        var malformed = MessageWalk.Visit(entry, Limits.DecompressedBatchBytes, ref walk);
        visitor = walk.Visitor;
        return malformed is null;
    }

    private void Rewrite(RecordBatch entry, long baseOffset, ArrayBufferWriter<byte> output)
    {
        var logAppendTime = entry.TimestampType == TimestampType.LogAppendTime ? entry.MaxTimestamp : -1;
        using var writer = new MessageSetWriter(output, entry.Magic, entry.CompressionType, logAppendTime);
        var copy = new Copy(writer, kept, baseOffset);
        _ = MessageWalk.Visit(entry, Limits.DecompressedBatchBytes, ref copy);
        writer.End();
    }

    private struct Decision<TRetention>(TRetention retention, RetentionFlags kept, long baseOffset, sbyte magic) : IMessageVisitor
        where TRetention : struct, IRetention
    {
        private TRetention retention = retention;

        public readonly TRetention Retention => retention;
        public int Count { get; private set; }
        /// <summary>A wrapper that a broker of long ago has put around messages of another format than its own is mended.</summary>
        public bool HasOtherFormat { get; private set; }

        public bool Visit(in LegacyMessage message)
        {
            Count++;
            HasOtherFormat |= message.Magic != magic;
            kept.Add(retention.Keeps(baseOffset + message.Offset, message.Key, message.HasKey, message.HasValue));
            return true;
        }
    }

    private struct Walk<TRetention>(TRetention visitor, long baseOffset) : IMessageVisitor
        where TRetention : struct, IRetention
    {
        private TRetention visitor = visitor;

        public readonly TRetention Visitor => visitor;

        public bool Visit(in LegacyMessage message)
            => visitor.Keeps(baseOffset + message.Offset, message.Key, message.HasKey, message.HasValue);
    }

    private struct Copy(MessageSetWriter writer, RetentionFlags kept, long baseOffset) : IMessageVisitor
    {
        private int index;

        public bool Visit(in LegacyMessage message)
        {
            if (kept[index++])
                writer.Append(
                    baseOffset + message.Offset, message.Timestamp, message.Key, message.HasKey, message.Value, message.HasValue);
            return true;
        }
    }
}
