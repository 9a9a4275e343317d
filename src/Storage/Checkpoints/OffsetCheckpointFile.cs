using System.Globalization;
using System.Text;

namespace KafkaCompatBroker.Storage.Checkpoints;

/// <summary>
/// A log dir's file with one offset per partition: recovery points, log start offsets, high watermarks, cleaner offsets. Replaced whole and
/// durably. Nobody else writes it while the dir is locked, so what it names is known without reading it again.
/// </summary>
public sealed class OffsetCheckpointFile(IDisk disk, string path, ILog log)
{
    public const string RecoveryPoint = "recovery-point-offset-checkpoint";
    public const string LogStartOffset = "log-start-offset-checkpoint";
    public const string HighWatermark = "replication-offset-checkpoint";
    public const string Cleaner = "cleaner-offset-checkpoint";

    private HashSet<TopicPartition>? named;
    private bool isDamageTold;

    /// <summary>Empty when the file is absent; when it is damaged too, with a warning, since every use of it has a safe default.</summary>
    public Dictionary<TopicPartition, long> Read()
    {
        var offsets = Parse();
        named = [.. offsets.Keys];
        return offsets;
    }

    /// <summary>Whether the file has an offset for the partition.</summary>
    public bool Names(TopicPartition partition) => (named ??= [.. Parse().Keys]).Contains(partition);

    /// <summary>The rows stand in the order of names, so that the same offsets give the same bytes.</summary>
    public void Write(IReadOnlyCollection<KeyValuePair<TopicPartition, long>> offsets)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"0\n{offsets.Count}\n"));
        foreach (var (partition, offset) in offsets.OrderBy(
            row => row.Key.Topic, StringComparer.Ordinal).ThenBy(row => row.Key.Partition))
            text.Append(CultureInfo.InvariantCulture, $"{partition.Topic} {partition.Partition} {offset}\n");
        disk.ReplaceAtomically(path, Encoding.UTF8.GetBytes(text.ToString()));
        named = [.. offsets.Select(offset => offset.Key)];
    }

    /// <summary>Takes the partition's offset out, if there is one.</summary>
    public void Remove(TopicPartition partition)
    {
        if (!Names(partition))
            return;
        var offsets = Read();
        offsets.Remove(partition);
        Write(offsets);
    }

    private Dictionary<TopicPartition, long> Parse()
    {
        if (!disk.FileExists(path))
            return [];
        if (TryParse(Encoding.UTF8.GetString(disk.ReadAllBytes(path)), out var offsets))
            return offsets;
        if (!isDamageTold)
            log.Warn("log", $"file={path} is not an offset checkpoint; going on without it");
        isDamageTold = true;
        return [];
    }

    internal static bool TryParse(string text, out Dictionary<TopicPartition, long> offsets)
    {
        offsets = [];
        if (!CheckpointText.TryParse(text, fieldCount: 3, out var rows))
            return false;
        foreach (var row in rows)
        {
            if (!int.TryParse(
                row[1], CultureInfo.InvariantCulture,
                out var partition) || !long.TryParse(row[2], CultureInfo.InvariantCulture, out var offset))
                return false;
            offsets[new TopicPartition(row[0], partition)] = offset;
        }
        return true;
    }
}
