using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Reading;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// What the parts of a log's writer (appending, rolling, flushing, truncation, retention) have in common. Touched only by the log's owner,
/// except that readers see <see cref="View"/>.
/// </summary>
internal sealed class LogState
{
    private volatile LogCleaning? cleaning;

    public LogState(LogOpenOptions options, LoadedLog loaded)
    {
        Options = options;
        LeaderEpochs = loaded.LeaderEpochs;
        Producers = loaded.Producers;
        ProducerSnapshots = loaded.ProducerSnapshots;
        ReadOnly = new ReadOnlyLog(options.Partition, options.Config, loaded.TopicId, LeaderEpochs, new LogView
        {
            Segments = [.. loaded.Segments],
            LogStartOffset = loaded.LogStartOffset,
            LogEndOffset = loaded.LogEndOffset,
            LogEndPosition = loaded.Segments[^1].SizeInBytes,
            UpperBounds = new LogPositionCache(),
        })
        {
            FirstDirtyOffset = options.FirstDirtyOffset,
        };
        Files = new LogFiles(this);
    }

    public LogOpenOptions Options { get; private set; }
    public LogLifetime Lifetime { get; } = new();
    public ReadOnlyLog ReadOnly { get; }
    public LogFiles Files { get; }
    public LeaderEpochFile LeaderEpochs { get; }
    public ProducerStates Producers { get; }
    public ProducerSnapshotFiles ProducerSnapshots { get; }

    /// <summary>The compaction that is under way; null without one. Aborted from any loop, set by the owner alone.</summary>
    public LogCleaning? Cleaning
    {
        get => cleaning;
        set
        {
            cleaning = value;
            ReadOnly.IsBeingCleaned = value is not null;
        }
    }

    public LogConfig Config => ReadOnly.Config;
    public long NowMs => Options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>What readers see; replaced whole by each change.</summary>
    public LogView View { get => ReadOnly.View; set => ReadOnly.View = value; }

    /// <summary>The log's folder has another name from here on; its open files stay open.</summary>
    public void FolderRenamed(string newDirectory)
    {
        Options = Options with { Directory = newDirectory };
        Files.FolderRenamed(newDirectory);
        LeaderEpochs.FolderRenamed(newDirectory);
        ProducerSnapshots.FolderRenamed(newDirectory);
    }

    /// <summary>
    /// Publishes other segments or another start or end. <paramref name="upperBounds"/> is the cache of the view before, unless bytes that
    /// it knows are gone.
    /// </summary>
    public void Publish(LogSegment[] segments, long logStartOffset, long logEndOffset, LogPositionCache? upperBounds = null)
    {
        Invariant.Holds(logStartOffset <= logEndOffset);
        View = new LogView
        {
            Segments = segments,
            LogStartOffset = logStartOffset,
            LogEndOffset = logEndOffset,
            LogEndPosition = segments[^1].SizeInBytes,
            UpperBounds = upperBounds ?? new LogPositionCache(),
        };
    }
}
