using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>The logs that a cleaner may compact, each on the loop that it belongs to. Callable from any loop.</summary>
public interface ICleanedLogs
{
    /// <summary>Those that are there now.</summary>
    IReadOnlyList<ICleanedLog> All();

    /// <summary>Writes down where compaction of each log goes on.</summary>
    Task WriteCleanerOffsets();
}

/// <summary>One of them.</summary>
public interface ICleanedLog
{
    ReadOnlyLog Log { get; }

    /// <summary>Exclusive: below it no transaction is open, and all is replicated.</summary>
    long LastStableOffset { get; }

    /// <summary>
    /// Does the work on the log's loop and gives its result; the default when the log does not belong to that loop any more. A failed disk
    /// operation takes the log's dir offline.
    /// </summary>
    Task<T?> Change<T>(Func<PartitionLog, T> work);

    /// <summary>The disk failed in what was done for the log beside its loop.</summary>
    void DiskFailed(DiskError error);
}
