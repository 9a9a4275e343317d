using System.Globalization;
using System.Text;

namespace KafkaCompatBroker.Storage.Checkpoints;

/// <summary>One leader's first offset.</summary>
public readonly record struct LeaderEpochEntry(LeaderEpoch Epoch, long StartOffset);

/// <summary>An epoch and where it ends (exclusive); (−1, −1) when undefined.</summary>
public readonly record struct EpochEndOffset(LeaderEpoch Epoch, long EndOffset)
{
    public static readonly EpochEndOffset Undefined = new(LeaderEpoch.Unknown, -1);
}

/// <summary>
/// Which leader wrote which stretch of a log, kept in <c>leader-epoch-checkpoint</c>: entries rise strictly in epoch and in start offset.
/// Changed by the partition's loop, read from any thread as an array that is replaced whole. KIP-101, KIP-279.
/// </summary>
public sealed class LeaderEpochCache
{
    public const string FileName = "leader-epoch-checkpoint";

    private readonly IDisk disk;
    private readonly string path;
    private volatile LeaderEpochEntry[] entries;

    private LeaderEpochCache(IDisk disk, string path, LeaderEpochEntry[] entries)
        => (this.disk, this.path, this.entries) = (disk, path, entries);

    public IReadOnlyList<LeaderEpochEntry> Entries => entries;

    /// <summary>The epoch of the last entry; Unknown when there is none.</summary>
    public LeaderEpoch LatestEpoch => entries is [.., var last] ? last.Epoch : LeaderEpoch.Unknown;

    /// <summary>
    /// Reads the folder's file; one that is absent or damaged gives an empty cache, which the log then fills as it grows.
    /// </summary>
    internal static LeaderEpochCache Open(IDisk disk, string directory, ILog log)
    {
        var path = Path.Combine(directory, FileName);
        if (!disk.FileExists(path))
            return new LeaderEpochCache(disk, path, []);
        if (TryParse(Encoding.UTF8.GetString(disk.ReadAllBytes(path)), out var entries))
            return new LeaderEpochCache(disk, path, entries);
        log.Warn("log", $"file={path} is not a leader epoch checkpoint; starting without one");
        return new LeaderEpochCache(disk, path, []);
    }

    /// <summary>
    /// Notes that the epoch begins at the offset. Nothing changes when the epoch is known with an offset at most this; otherwise later and
    /// larger entries go first. Durable on return.
    /// </summary>
    public void Assign(LeaderEpoch epoch, long startOffset)
    {
        Invariant.Holds(epoch.Value >= 0 && startOffset >= 0);
        var known = entries;
        if (known is [.., var last] && last.Epoch == epoch && startOffset >= last.StartOffset)
            return;
        var kept = known.Length;
        while (kept > 0 && (known[kept - 1].Epoch >= epoch || known[kept - 1].StartOffset >= startOffset))
            kept--;
        Replace([.. known.AsSpan(0, kept), new LeaderEpochEntry(epoch, startOffset)]);
    }

    /// <summary>Drops the entries that begin at the offset or later.</summary>
    public void TruncateFromEnd(long endOffset)
    {
        var known = entries;
        var kept = known.Length;
        while (kept > 0 && known[kept - 1].StartOffset >= endOffset)
            kept--;
        if (kept < known.Length)
            Replace(known[..kept]);
    }

    /// <summary>Drops the entries that end at the offset or before; the one that holds it begins there from now on.</summary>
    public void TruncateFromStart(long startOffset)
    {
        var known = entries;
        var dropped = 0;
        while (dropped < known.Length && known[dropped].StartOffset <= startOffset)
            dropped++;
        if (dropped > 0 && known[dropped - 1].StartOffset != startOffset || dropped > 1)
            Replace([new LeaderEpochEntry(known[dropped - 1].Epoch, startOffset), .. known.AsSpan(dropped)]);
    }

    public void Clear()
    {
        if (entries.Length > 0)
            Replace([]);
    }

    /// <summary>The end of the largest epoch that is at most the one asked for; the latest ends at the log's end.</summary>
    public EpochEndOffset EndOffsetFor(LeaderEpoch epoch, long logEndOffset)
    {
        var known = entries;
        if (epoch == LeaderEpoch.Unknown || known.Length == 0 || epoch > known[^1].Epoch)
            return EpochEndOffset.Undefined;
        if (epoch == known[^1].Epoch)
            return new EpochEndOffset(epoch, logEndOffset);
        var next = 0;
        while (known[next].Epoch <= epoch)
            next++;
        return new EpochEndOffset(next == 0 ? epoch : known[next - 1].Epoch, known[next].StartOffset);
    }

    /// <summary>The epoch in which the offset was written; Unknown before the first entry.</summary>
    public LeaderEpoch EpochOf(long offset)
    {
        var known = entries;
        var next = 0;
        while (next < known.Length && known[next].StartOffset <= offset)
            next++;
        return next == 0 ? LeaderEpoch.Unknown : known[next - 1].Epoch;
    }

    private void Replace(LeaderEpochEntry[] replacement)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"0\n{replacement.Length}\n"));
        foreach (var entry in replacement)
            text.Append(CultureInfo.InvariantCulture, $"{entry.Epoch} {entry.StartOffset}\n");
        // The file comes first: an epoch that is acted upon is never forgotten.
        disk.ReplaceAtomically(path, Encoding.UTF8.GetBytes(text.ToString()));
        entries = replacement;
    }

    private static bool TryParse(string text, out LeaderEpochEntry[] entries)
    {
        entries = [];
        if (!CheckpointText.TryParse(text, fieldCount: 2, out var rows))
            return false;
        var parsed = new List<LeaderEpochEntry>(rows.Count);
        foreach (var row in rows)
        {
            if (!int.TryParse(row[0], CultureInfo.InvariantCulture, out var epoch) || !long.TryParse(
                row[1], CultureInfo.InvariantCulture, out var startOffset))
                return false;
            if (parsed.Count > 0 && (parsed[^1].Epoch.Value >= epoch || parsed[^1].StartOffset >= startOffset))
                return false;
            parsed.Add(new LeaderEpochEntry(new LeaderEpoch(epoch), startOffset));
        }
        entries = [.. parsed];
        return true;
    }
}
