using System.Buffers.Binary;
using System.Text;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>Is shown what is in the files beside <c>.log</c> files.</summary>
public interface ISideFileVisitor
{
    /// <summary>Of an <c>.index</c>: a batch at the position, and none before it, may hold the offset.</summary>
    void OnIndexEntry(long offset, int position);
    /// <summary>Of a <c>.timeindex</c>: the largest timestamp up to the batch with the offset, in ms.</summary>
    void OnTimeIndexEntry(long timestamp, long offset);
    void OnAbortedTransaction(AbortedTransaction aborted);
    /// <summary>Of a <c>.snapshot</c>.</summary>
    void OnProducer(ProducerState producer);
    void OnLeaderEpoch(LeaderEpochEntry entry);
    void OnTopicId(TopicId topicId);
    void OnMetaProperties(MetaProperties properties);
    void OnCheckpointedOffset(TopicPartition partition, long offset);
}

/// <summary>
/// Shows what is in one file beside <c>.log</c> files, as far as it can be read: an inspection says what is wrong with it.
/// </summary>
public static class SideFileReader
{
    public static void Read(IDisk disk, string path, ISideFileVisitor visitor)
    {
        switch (LogInspector.KindOf(disk, path))
        {
            case InspectedKind.SegmentFile:
                ReadIndex(disk, path, visitor);
                break;
            case InspectedKind.Snapshot when ProducerSnapshot.TryDecode(disk.ReadAllBytes(path), out var producers):
                producers.ForEach(visitor.OnProducer);
                break;
            case InspectedKind.LeaderEpochs when LeaderEpochFile.TryRead(disk, path, out var epochs):
                foreach (var entry in epochs.Entries)
                    visitor.OnLeaderEpoch(entry);
                break;
            case InspectedKind.OffsetCheckpoint
                when OffsetCheckpointFile.TryParse(Encoding.UTF8.GetString(disk.ReadAllBytes(path)), out var offsets):
                foreach (var (partition, offset) in offsets)
                    visitor.OnCheckpointedOffset(partition, offset);
                break;
            case InspectedKind.PartitionMetadata or InspectedKind.MetaProperties:
                ReadProperties(disk, path, visitor);
                break;
        }
    }

    private static void ReadIndex(IDisk disk, string path, ISideFileVisitor visitor)
    {
        var baseOffset = PartitionInspection.SegmentOf(Path.GetFileName(path))!.Value;
        var (entryBytes, show) = Path.GetExtension(path) switch
        {
            LogFileNames.IndexSuffix => (OffsetIndex.EntryBytes, (Action<byte[]>)(entry => visitor.OnIndexEntry(
                baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry),
                BinaryPrimitives.ReadInt32BigEndian(entry.AsSpan(sizeof(int)))))),
            LogFileNames.TimeIndexSuffix => (TimeIndex.EntryBytes, entry => visitor.OnTimeIndexEntry(
                BinaryPrimitives.ReadInt64BigEndian(entry),
                baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry.AsSpan(sizeof(long))))),
            LogFileNames.TxnIndexSuffix => (AbortedTransaction.EntryBytes, entry =>
            {
                if (AbortedTransaction.TryRead(entry, out var aborted))
                    visitor.OnAbortedTransaction(aborted);
            }),
            _ => (0, _ => { }),
        };
        if (entryBytes == 0)
            return;
        using var entries = new EntryReader(disk.Open(path, DiskOpenMode.ReadOnly), entryBytes);
        while (entries.MoveNext() && !(entries.IsZero && entries.OnlyZerosFollow()))
            show(entries.Current.ToArray());
    }

    private static void ReadProperties(IDisk disk, string path, ISideFileVisitor visitor)
    {
        try
        {
            var folder = Path.GetDirectoryName(path)!;
            if (Path.GetFileName(path) == PartitionMetadataFile.FileName)
                visitor.OnTopicId(PartitionMetadataFile.Read(disk, folder));
            else if (MetaProperties.Read(disk, folder) is { } properties)
                visitor.OnMetaProperties(properties);
        }
        catch (InvalidDataException)
        {
            // The inspection of the file says so.
        }
    }
}
