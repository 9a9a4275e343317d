using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Simulation.Compaction;

/// <summary>Compares what a reader finds with the model.</summary>
internal static class CompactionCheck
{
    /// <summary>
    /// Every record is as it was written, none is of an aborted transaction, and the last one of each key is the model's; it may be missing
    /// only where it is a tombstone whose time has passed, and then nothing of its key is left.
    /// </summary>
    public static void Agrees(CompactedTopic topic, List<WrittenRecord> read, long lastStableOffset, long nowMs, long deleteRetentionMs)
    {
        var found = new Dictionary<string, WrittenRecord>(StringComparer.Ordinal);
        foreach (var record in read)
        {
            var written = topic.At(record.Offset);
            Assert.True(written == record, $"{record} was written as {written}");
            Assert.False(topic.IsAborted(record.Offset), $"{record} was aborted");
            found[record.Key] = record;
        }
        foreach (var (key, last) in topic.LastOfEachKey(lastStableOffset))
        {
            if (found.GetValueOrDefault(key) is not { } record)
                Assert.True(
                    last.Value is null && topic.FirstMetMs(last.Offset) + deleteRetentionMs <= nowMs,
                    $"{last} is lost at {nowMs}, retention {deleteRetentionMs}");
            else
                Assert.True(record.Offset == last.Offset, $"the last record of its key is {record}, and not {last}");
        }
    }

    /// <summary>Below the offset that compaction has come to, no key is there twice.</summary>
    public static void IsCompacted(List<WrittenRecord> read, long firstDirtyOffset)
    {
        foreach (var records in read.Where(record => record.Offset < firstDirtyOffset).GroupBy(record => record.Key))
            Assert.True(records.Count() == 1, $"several records of one key below {firstDirtyOffset}: {string.Join(", ", records)}");
    }

    /// <summary>Whatever is read is found by its time, too.</summary>
    public static void TimesAgree(ReadOnlyLog log, List<WrittenRecord> read)
    {
        foreach (var record in read)
        {
            var found = log.OffsetForTimestamp(record.Timestamp);
            Assert.True(found is { } mark && mark.Timestamp >= record.Timestamp && mark.Offset <= record.Offset, $"{record}: {found}");
        }
    }
}
