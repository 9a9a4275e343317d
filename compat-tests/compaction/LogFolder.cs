using System.Buffers;
using System.Globalization;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.CompatTests.Compaction;

/// <summary>One batch of a segment: what its header says, and what is in it.</summary>
/// <param name="Horizon">The time from which its tombstones may go; null without one.</param>
internal sealed record StoredBatch(string Header, long? Horizon, bool IsControl, IReadOnlyList<string> Records);

/// <summary>What is in a partition's folder, read without a broker.</summary>
internal static class LogFolder
{
    public static List<StoredBatch> Read(string folder)
    {
        var batches = new List<StoredBatch>();
        foreach (var file in Directory.EnumerateFiles(folder, "*.log").Order(StringComparer.Ordinal))
        {
            foreach (var batch in new RecordBatchEnumerator(File.ReadAllBytes(file)))
            {
                Assert.True(batch.HasValidCrc, $"{file} at offset {batch.BaseOffset}");
                batches.Add(Describe(batch));
            }
        }
        return batches;
    }

    /// <summary>The base offset of the segment that is written to.</summary>
    public static long ActiveBaseOffset(string folder) => Directory.EnumerateFiles(folder, "*.log").Max(
        file => long.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture));

    /// <summary>Up to where the partition has been compacted; −1 when the checkpoint does not name it.</summary>
    public static long CleanedTo(string dataFolder, string topic)
    {
        var file = Path.Combine(dataFolder, "cleaner-offset-checkpoint");
        var rows = File.Exists(file) ? File.ReadAllLines(file) : [];
        var line = Array.Find(rows, row => row.StartsWith($"{topic} 0 ", StringComparison.Ordinal));
        return line is null ? -1 : long.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);
    }

    /// <summary>All files of a folder into another, over what is there.</summary>
    public static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    private static StoredBatch Describe(RecordBatch batch)
    {
        var unfolded = new ArrayBufferWriter<byte>();
        Assert.True(
            batch.RecordCount == 0
            || RecordCompression.TryDecompress(batch.CompressionType, batch.RecordsBytes, unfolded, 1 << 26, out _));
        var records = new List<string>();
        var walk = batch.Records(unfolded.WrittenSpan);
        while (walk.MoveNext())
        {
            var record = walk.Current;
            var value = record.HasValue ? Convert.ToHexString(record.Value) : "null";
            records.Add(
                $"{record.Offset} {record.Timestamp} {Convert.ToHexString(record.Key)} {value} {Convert.ToHexString(record.HeaderBytes)}");
        }
        Assert.Null(walk.Error);
        var header = $"{batch.BaseOffset}-{batch.LastOffset} epoch={batch.PartitionLeaderEpoch} attributes={batch.Attributes} "
            + $"maxTimestamp={batch.MaxTimestamp} producer={batch.Producer} sequence={batch.BaseSequence} records={batch.RecordCount}"
            + (batch.HasDeleteHorizon ? "" : $" baseTimestamp={batch.BaseTimestamp}");
        return new StoredBatch(header, batch.HasDeleteHorizon ? batch.BaseTimestamp : null, batch.IsControl, records);
    }
}
