using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>
/// Holds a partition's <c>leader-epoch-checkpoint</c> against the epochs in its batches. Offsets before the file's first epoch are not
/// looked at: logs from before there were epochs have batches there.
/// </summary>
internal sealed class EpochInspection
{
    private readonly InspectionOptions options;
    private readonly string path;
    private readonly RepairStep remedy;
    private readonly IReadOnlyList<LeaderEpochEntry> known = [];
    private LeaderEpoch latest = LeaderEpoch.Unknown;
    private int next;
    private bool isOver;

    public EpochInspection(InspectionOptions options, string directory)
    {
        this.options = options;
        path = Path.Combine(directory, LeaderEpochFile.FileName);
        remedy = new RepairStep.RebuildLeaderEpochs(directory, path);
        if (!options.Disk.FileExists(path))
            isOver = true;
        else if (LeaderEpochFile.TryRead(options.Disk, path, out var epochs))
            known = epochs.Entries;
        else
            Damage("is not a leader epoch checkpoint");
    }

    /// <returns>What is wrong with the batch's own epoch, which its checksum does not cover; null when nothing is.</returns>
    public string? Visit(RecordBatch header)
    {
        var epoch = header.PartitionLeaderEpoch;
        if (epoch.Value >= 0 && epoch < latest)
            return $"the batch's leader epoch {epoch} is below {latest}, that of a batch before it";
        if (epoch > latest)
            latest = epoch;
        while (next < known.Count && known[next].StartOffset <= header.BaseOffset)
            next++;
        if (!isOver && next > 0 && epoch.Value >= 0 && epoch != known[next - 1].Epoch)
            Damage($"says epoch {known[next - 1].Epoch} where the batch says {epoch}", header.BaseOffset);
        return null;
    }

    public void End(long logEndOffset)
    {
        if (!isOver && known is [.., var last] && last.StartOffset > logEndOffset)
            Damage($"epoch {last.Epoch} begins at {last.StartOffset}, beyond the log's end at {logEndOffset}");
    }

    private void Damage(string what, long? offset = null)
    {
        options.Report(new Finding(path, what) { Offset = offset, Remedy = remedy });
        isOver = true;
    }
}
