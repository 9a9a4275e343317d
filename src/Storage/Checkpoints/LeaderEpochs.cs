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
/// Which leader wrote which stretch of a log: entries rise strictly in epoch and in start offset. Immutable, so that any thread may look
/// into it; <see cref="LeaderEpochFile"/> replaces it whole. KIP-101, KIP-279.
/// </summary>
public sealed class LeaderEpochs
{
    public static readonly LeaderEpochs None = new([]);

    private readonly LeaderEpochEntry[] entries;

    private LeaderEpochs(LeaderEpochEntry[] entries) => this.entries = entries;

    public IReadOnlyList<LeaderEpochEntry> Entries => entries;

    /// <summary>The epoch of the last entry; Unknown when there is none.</summary>
    public LeaderEpoch LatestEpoch => entries is [.., var last] ? last.Epoch : LeaderEpoch.Unknown;

    /// <summary>The end of the largest epoch that is at most the one asked for; the latest ends at the log's end.</summary>
    public EpochEndOffset EndOffsetFor(LeaderEpoch epoch, long logEndOffset)
    {
        if (epoch == LeaderEpoch.Unknown || entries.Length == 0 || epoch > entries[^1].Epoch)
            return EpochEndOffset.Undefined;
        if (epoch == entries[^1].Epoch)
            return new EpochEndOffset(epoch, logEndOffset);
        var next = 0;
        while (entries[next].Epoch <= epoch)
            next++;
        return new EpochEndOffset(next == 0 ? epoch : entries[next - 1].Epoch, entries[next].StartOffset);
    }

    /// <summary>The epoch in which the offset was written; Unknown before the first entry.</summary>
    public LeaderEpoch EpochOf(long offset)
    {
        var next = 0;
        while (next < entries.Length && entries[next].StartOffset <= offset)
            next++;
        return next == 0 ? LeaderEpoch.Unknown : entries[next - 1].Epoch;
    }

    /// <summary>
    /// Up to where, exclusive, a log of which these are the epochs and another have the same records: the end, in the one that ends it
    /// earlier, of the largest epoch that both know. Null when they know none in common. KIP-101.
    /// </summary>
    public long? SharedEnd(long logEndOffset, LeaderEpochs other, long otherLogEndOffset)
    {
        for (var index = entries.Length - 1; index >= 0; index--)
        {
            var epoch = entries[index].Epoch;
            if (Array.Exists(other.entries, entry => entry.Epoch == epoch))
                return Math.Min(EndOffsetFor(epoch, logEndOffset).EndOffset, other.EndOffsetFor(epoch, otherLogEndOffset).EndOffset);
        }
        return null;
    }

    /// <summary>
    /// With the epoch beginning at the offset. The same when the epoch is known with an offset at most this; otherwise entries with a later
    /// epoch or a larger offset go first.
    /// </summary>
    internal LeaderEpochs With(LeaderEpoch epoch, long startOffset)
    {
        if (entries is [.., var last] && last.Epoch == epoch && startOffset >= last.StartOffset)
            return this;
        var kept = entries.Length;
        while (kept > 0 && (entries[kept - 1].Epoch >= epoch || entries[kept - 1].StartOffset >= startOffset))
            kept--;
        return new LeaderEpochs([.. entries.AsSpan(0, kept), new LeaderEpochEntry(epoch, startOffset)]);
    }

    /// <summary>Without the entries that begin at the offset or later.</summary>
    internal LeaderEpochs Before(long endOffset)
    {
        var kept = entries.Length;
        while (kept > 0 && entries[kept - 1].StartOffset >= endOffset)
            kept--;
        return kept == entries.Length ? this : new LeaderEpochs(entries[..kept]);
    }

    /// <summary>Without the entries that end at the offset or before; the one that holds the offset begins there.</summary>
    internal LeaderEpochs From(long startOffset)
    {
        var passed = 0;
        while (passed < entries.Length && entries[passed].StartOffset <= startOffset)
            passed++;
        return passed == 0 || passed == 1 && entries[0].StartOffset == startOffset
            ? this
            : new LeaderEpochs([new LeaderEpochEntry(entries[passed - 1].Epoch, startOffset), .. entries.AsSpan(passed)]);
    }

    /// <summary>As <c>leader-epoch-checkpoint</c> has it.</summary>
    internal string ToCheckpointText()
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"0\n{entries.Length}\n"));
        foreach (var entry in entries)
            text.Append(CultureInfo.InvariantCulture, $"{entry.Epoch} {entry.StartOffset}\n");
        return text.ToString();
    }

    /// <summary>False when the text is not a checkpoint's or its entries do not rise.</summary>
    internal static bool TryParse(string text, out LeaderEpochs epochs)
    {
        epochs = None;
        if (!CheckpointText.TryParse(text, fieldCount: 2, out var rows))
            return false;
        var parsed = new List<LeaderEpochEntry>(rows.Count);
        foreach (var row in rows)
        {
            if (!int.TryParse(row[0], CultureInfo.InvariantCulture, out var epoch)
                || !long.TryParse(row[1], CultureInfo.InvariantCulture, out var startOffset))
                return false;
            if (parsed.Count > 0 && (parsed[^1].Epoch.Value >= epoch || parsed[^1].StartOffset >= startOffset))
                return false;
            parsed.Add(new LeaderEpochEntry(new LeaderEpoch(epoch), startOffset));
        }
        epochs = new LeaderEpochs([.. parsed]);
        return true;
    }
}
