using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>The log of a coordinator shard on a replica that this broker leads.</summary>
/// <param name="compressionType">The codec of what is written: <c>offsets.topic.compression.codec</c>.</param>
/// <param name="commitTimeout">How long an append may wait for its commit; the shard has answered by then.</param>
public sealed class ReplicaLog(Partition partition, CompressionType compressionType, TimeSpan commitTimeout) : ICoordinatorLog
{
    public TopicPartition Partition => partition.Name;
    public long LogStartOffset => partition.Snapshot.LogStartOffset;
    public long LogEndOffset => partition.Snapshot.LogEndOffset;
    public long HighWatermark => partition.Snapshot.HighWatermark;

    public void Append(CoordinatorBatch batch, LeaderEpoch leaderEpoch, ICoordinatorAppend outcome)
    {
        var builder = new RecordBatchBuilder
        {
            CompressionType = compressionType,
            Producer = batch.Producer,
            // Each batch of a transaction's offsets begins anew; sequences of coordinators are not checked.
            BaseSequence = batch.IsTransactional ? 0 : -1,
            IsTransactional = batch.IsTransactional,
        };
        foreach (var record in batch.Records)
            builder.Append(batch.TimestampMs, record.Key, record.Value);
        partition.Append(builder.Build(), AppendOrigin.Coordinator, leaderEpoch, commitTimeout, new Observer(outcome), batch.Guard);
    }

    public LoadedChunk Read(long startOffset, int maxBytes)
    {
        var read = partition.Read(
            new ReadRequest(
                startOffset, maxBytes, ReadIsolation.LogEnd, LeaderEpoch.Unknown, LeaderEpoch.Unknown,
                LeaderOnly: true), atLeastOneBatch: true);
        if (read.Error != KafkaError.None || read.Length == 0)
            return new LoadedChunk(read.Error, []);
        try
        {
            var bytes = new byte[read.Length];
            var length = read.Records.File.Read(read.Records.Position, bytes);
            return Parse(bytes.AsSpan(0, length));
        }
        catch (DiskError error)
        {
            partition.ReadFailed(read.Snapshot!.Leadership.Log!, error);
            return LoadedChunk.Failed(KafkaError.KafkaStorageError);
        }
        finally
        {
            read.Release();
        }
    }

    /// <summary>The whole batches of a run of bytes, in whatever format; CorruptMessage when one cannot be read.</summary>
    internal static LoadedChunk Parse(ReadOnlySpan<byte> bytes)
    {
        var batches = new List<LoadedBatch>();
        var enumerator = new RecordBatchEnumerator(bytes);
        while (enumerator.MoveNext())
        {
            var isRead = enumerator.Current.IsLegacy
                ? TryParseMessages(enumerator.Current, out var batch)
                : TryParse(enumerator.Current, out batch);
            if (!isRead)
                return LoadedChunk.Failed(KafkaError.CorruptMessage);
            batches.Add(batch);
        }
        return batches.Count > 0 ? new LoadedChunk(KafkaError.None, batches) : LoadedChunk.Failed(KafkaError.CorruptMessage);
    }

    private static bool TryParse(RecordBatch batch, out LoadedBatch loaded)
    {
        var records = new List<LoadedRecord>(Math.Min(batch.RecordCount, 1024));
        loaded = new LoadedBatch(batch.LastOffset, batch.Producer, batch.IsTransactional, TransactionMarker.None, records);
        var content = batch.RecordsBytes;
        var decompressed = new ArrayBufferWriter<byte>();
        if (batch.IsCompressed)
        {
            if (!RecordCompression.TryDecompress(batch.CompressionType, content, decompressed, Limits.DecompressedBatchBytes, out _))
                return false;
            content = decompressed.WrittenSpan;
        }
        var enumerator = batch.Records(content);
        while (enumerator.MoveNext())
        {
            var record = enumerator.Current;
            if (batch.IsControl)
                loaded = loaded with { Marker = MarkerOf(record) };
            else
                records.Add(new LoadedRecord(
                    record.Offset, record.HasKey ? record.Key.ToArray() : null, record.HasValue ? record.Value.ToArray() : null));
        }
        return enumerator.Error is null;
    }

    private static bool TryParseMessages(RecordBatch entry, out LoadedBatch loaded)
    {
        var records = new List<LoadedRecord>();
        loaded = new LoadedBatch(entry.LastOffset, ProducerIdAndEpoch.None, IsTransactional: false, TransactionMarker.None, records);
        if (!MessageWalk.TryFindBaseOffset(entry, Limits.DecompressedBatchBytes, out var baseOffset))
            return false;
        var loader = new MessageLoader(records, baseOffset);
        return MessageWalk.Visit(entry, Limits.DecompressedBatchBytes, ref loader) is null;
    }

    private readonly struct MessageLoader(List<LoadedRecord> records, long baseOffset) : IMessageVisitor
    {
        public bool Visit(in LegacyMessage message)
        {
            records.Add(new LoadedRecord(
                baseOffset + message.Offset, message.HasKey ? message.Key.ToArray() : null,
                message.HasValue ? message.Value.ToArray() : null));
            return true;
        }
    }

    private static TransactionMarker MarkerOf(Record record) => !ControlRecord.TryRead(record, out var control)
        ? TransactionMarker.None
        : control.Type switch
        {
            ControlRecordType.Abort => TransactionMarker.Abort,
            ControlRecordType.Commit => TransactionMarker.Commit,
            _ => TransactionMarker.None,
        };

    private sealed class Observer(ICoordinatorAppend outcome) : IAppendObserver
    {
        public void Appended(AppendOutcome append) => outcome.Appended(append.Error, append.LastOffset);

        public void Committed(KafkaError error) => outcome.Committed(error);
    }
}
