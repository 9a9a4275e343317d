using System.Globalization;
using System.Text;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Transactions.Records;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Inspection;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Broker.Tools;

/// <summary>
/// Prints what is in the files of log dirs, a line for each batch, record, entry or row. The records of <c>__consumer_offsets</c> and
/// <c>__transaction_state</c> are printed as what they say.
/// </summary>
internal sealed class LogDumper(IDisk disk, ToolOutput output, bool isDeep, bool printsData) : IBatchVisitor, ISideFileVisitor
{
    private string topic = "";
    private int damageCount;

    /// <returns>How much in the files is damaged.</returns>
    public int Dump(string path)
    {
        if (disk.DirectoryExists(path))
        {
            foreach (var entry in disk.List(path))
            {
                var child = Path.Combine(path, entry.Name);
                if (LogInspector.KindOf(disk, child) != InspectedKind.Unknown)
                    Dump(child);
            }
        }
        else
            DumpFile(path);
        return damageCount;
    }

    private void DumpFile(string path)
    {
        output.Line("file", ("path", path));
        topic = LogFileNames.TryParsePartition(Path.GetFileName(Path.GetDirectoryName(path) ?? ""), out var partition)
            ? partition.Topic
            : "";
        SideFileReader.Read(disk, path, this);
        // The batches of a segment are shown with its own file, and not again with its indexes.
        var isLog = path.EndsWith(LogFileNames.LogSuffix, StringComparison.Ordinal);
        // To hold a file of the dir itself against its partitions takes all of them: that is what verify does.
        if (LogInspector.KindOf(disk, path) is InspectedKind.MetaProperties or InspectedKind.OffsetCheckpoint)
            return;
        LogInspector.Inspect(
            new InspectionOptions { Disk = disk, Report = Tell, IsDeep = isLog && isDeep, Visitor = isLog ? this : null }, path,
            static (_, _) => { });
    }

    private void Tell(Finding finding)
    {
        damageCount += finding.Kind == FindingKind.Damage ? 1 : 0;
        output.Line(finding);
    }

    public void OnBatch(string path, long position, RecordBatch header, string? fault) => output.Line(
        "batch",
        ("baseOffset", header.BaseOffset),
        ("lastOffset", header.LastOffset),
        ("count", header.RecordCount),
        ("position", position),
        ("size", header.SizeInBytes),
        ("magic", header.Magic),
        ("codec", Enum.IsDefined(header.CompressionType) ? NameOf(header.CompressionType) : TextOf(header.CodecId)),
        ("crc", $"0x{header.Crc:x8}"),
        ("leaderEpoch", header.PartitionLeaderEpoch.Value),
        ("producerId", header.Producer.ProducerId),
        ("producerEpoch", header.Producer.Epoch),
        ("baseSequence", header.BaseSequence),
        ("lastSequence", header.LastSequence),
        ("isTransactional", header.IsTransactional),
        ("isControl", header.IsControl),
        (header.TimestampType == TimestampType.LogAppendTime ? "logAppendTime" : "createTime", header.MaxTimestamp),
        ("deleteHorizonMs", header.HasDeleteHorizon ? header.BaseTimestamp : null),
        ("isValid", fault is null));

    public void OnRecord(string path, in InspectedRecord record)
    {
        if (record.IsControl && ControlRecord.TryRead(record.Key, record.Value, record.Timestamp, out var control))
        {
            output.Line(
                "marker", ("offset", record.Offset), ("timestamp", record.Timestamp), ("type", control.Type.ToString().ToLowerInvariant()),
                ("coordinatorEpoch", control.CoordinatorEpoch));
            return;
        }
        var (offset, timestamp) = (record.Offset, record.Timestamp);
        (string, object?) keySize = ("keySize", record.HasKey ? record.Key.Length : -1);
        (string, object?) valueSize = ("valueSize", record.HasValue ? record.Value.Length : -1);
        if (printsData)
            output.Line(
                "record", ("offset", offset), ("timestamp", timestamp), keySize, valueSize, ("headers", HeadersOf(record)),
                ("key", KeyOf(record)), ("value", ValueOf(record)));
        else
            output.Line("record", ("offset", offset), ("timestamp", timestamp), keySize, valueSize, ("headers", HeadersOf(record)));
    }

    public void OnIndexEntry(long offset, int position) => output.Line("index", ("offset", offset), ("position", position));

    public void OnTimeIndexEntry(long timestamp, long offset)
        => output.Line("timeindex", ("timestamp", timestamp), ("offset", offset));

    public void OnAbortedTransaction(AbortedTransaction aborted) => output.Line(
        "aborted", ("producerId", aborted.ProducerId), ("firstOffset", aborted.FirstOffset), ("lastOffset", aborted.LastOffset),
        ("lastStableOffset", aborted.LastStableOffset));

    public void OnProducer(ProducerState producer) => output.Line(
        "producer", ("producerId", producer.ProducerId), ("producerEpoch", producer.Epoch),
        ("coordinatorEpoch", producer.CoordinatorEpoch), ("currentTxnFirstOffset", producer.CurrentTxnFirstOffset),
        ("lastTimestamp", producer.LastTimestamp), ("firstSequence", producer.LastBatch?.BaseSequence ?? -1),
        ("lastSequence", producer.LastSequence), ("lastOffset", producer.LastBatch?.LastOffset ?? -1));

    public void OnLeaderEpoch(LeaderEpochEntry entry)
        => output.Line("leaderEpoch", ("epoch", entry.Epoch.Value), ("startOffset", entry.StartOffset));

    public void OnTopicId(TopicId topicId) => output.Line("topic", ("id", topicId));

    public void OnMetaProperties(MetaProperties properties)
        => output.Line("broker", ("id", properties.BrokerId?.Value), ("clusterId", properties.ClusterId));

    public void OnCheckpointedOffset(TopicPartition partition, long offset)
        => output.Line("checkpoint", ("topic", partition.Topic), ("partition", partition.Partition), ("offset", offset));

    private object? KeyOf(in InspectedRecord record) => Decoded(topic switch
    {
        InternalTopics.ConsumerOffsets => GroupRecordJson.Key(record.Key),
        InternalTopics.TransactionState => TransactionRecordJson.Key(record.Key),
        _ => null,
    }) ?? Text(record.Key, record.HasKey);

    private object? ValueOf(in InspectedRecord record) => !record.HasValue ? null : Decoded(topic switch
    {
        InternalTopics.ConsumerOffsets => GroupRecordJson.Value(record.Key, record.Value),
        InternalTopics.TransactionState => TransactionRecordJson.Value(record.Value),
        _ => null,
    }) ?? Text(record.Value, isThere: true);

    private static object? Decoded(string? json) => json is null ? null : new RawJson(json);

    private static string? Text(ReadOnlySpan<byte> bytes, bool isThere) => isThere ? Encoding.UTF8.GetString(bytes) : null;

    private string HeadersOf(in InspectedRecord record)
    {
        if (!record.Headers.GetEnumerator().MoveNext())
            return "";
        var text = new StringBuilder();
        foreach (var header in record.Headers)
        {
            text.Append(text.Length > 0 ? "," : "").Append(Encoding.UTF8.GetString(header.Key));
            if (printsData)
                text.Append(':').Append(header.HasValue ? Encoding.UTF8.GetString(header.Value) : "null");
        }
        return text.ToString();
    }

    private static string NameOf(CompressionType codec) => codec.ToString().ToLowerInvariant();

    private static string TextOf(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
