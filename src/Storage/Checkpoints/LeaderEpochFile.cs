using System.Text;

namespace KafkaCompatBroker.Storage.Checkpoints;

/// <summary>
/// A log's <c>leader-epoch-checkpoint</c> and the <see cref="LeaderEpochs"/> in it. Each change is durable on return. Owned by its log and
/// changed where that is; <see cref="Current"/> is read on any thread. KIP-101.
/// </summary>
internal sealed class LeaderEpochFile
{
    public const string FileName = "leader-epoch-checkpoint";

    private readonly IDisk disk;
    private string path;
    private volatile LeaderEpochs current;

    private LeaderEpochFile(IDisk disk, string path, LeaderEpochs current) => (this.disk, this.path, this.current) = (disk, path, current);

    public LeaderEpochs Current => current;

    /// <summary>
    /// Reads the folder's file; one that is absent or damaged gives no epochs, and the log then adds them as it grows.
    /// </summary>
    public static LeaderEpochFile Open(IDisk disk, string directory, ILog log)
    {
        var path = Path.Combine(directory, FileName);
        if (!disk.FileExists(path))
            return new LeaderEpochFile(disk, path, LeaderEpochs.None);
        if (!TryRead(disk, path, out var epochs))
            log.Warn("log", $"file={path} is not a leader epoch checkpoint; starting without one");
        return new LeaderEpochFile(disk, path, epochs);
    }

    /// <summary>Reads a file that is there; false, and no epochs, when it is damaged.</summary>
    public static bool TryRead(IDisk disk, string path, out LeaderEpochs epochs)
        => LeaderEpochs.TryParse(Encoding.UTF8.GetString(disk.ReadAllBytes(path)), out epochs);

    /// <summary>Notes that the epoch begins at the offset, unless it is known to begin there or before.</summary>
    public void Assign(LeaderEpoch epoch, long startOffset)
    {
        Invariant.Holds(epoch.Value >= 0 && startOffset >= 0);
        Replace(current.With(epoch, startOffset));
    }

    /// <summary>Drops the epochs that begin at the offset or later.</summary>
    public void TruncateFromEnd(long endOffset) => Replace(current.Before(endOffset));

    /// <summary>Drops the epochs that end at the offset or before; the one that holds it begins there from then on.</summary>
    public void TruncateFromStart(long startOffset) => Replace(current.From(startOffset));

    /// <summary>Takes over what another log of the same records knows: also epochs in which nothing was written.</summary>
    public void TakeOver(LeaderEpochs epochs)
    {
        if (!epochs.Entries.SequenceEqual(current.Entries))
            Replace(epochs);
    }

    /// <summary>The folder has another name from here on.</summary>
    public void FolderRenamed(string newDirectory) => path = Path.Combine(newDirectory, FileName);

    public void Clear()
    {
        if (current.Entries.Count > 0)
            Replace(LeaderEpochs.None);
    }

    private void Replace(LeaderEpochs replacement)
    {
        if (ReferenceEquals(replacement, current))
            return;
        // The file comes first, so that an epoch which the broker has acted upon is there after a crash.
        disk.ReplaceAtomically(path, Encoding.UTF8.GetBytes(replacement.ToCheckpointText()));
        current = replacement;
    }
}
