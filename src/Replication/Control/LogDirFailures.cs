using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// What follows from a failed disk operation: its log dir goes offline with all partitions in it, and with the last dir, or with a lock
/// that is lost, the broker stops. Touched only on the replicas' loop, but for <see cref="Report"/>. KIP-112.
/// </summary>
internal sealed class LogDirFailures(
    ReplicasSettings settings, HostedPartitions partitions, LeadershipListeners listeners, ILoop loop)
{
    /// <summary>Brings a disk error here that nobody on this loop waits for. On any thread.</summary>
    public void Report(DiskError error) => loop.Post(() => TakeOffline(error));

    /// <summary>
    /// Runs work over all log dirs. A dir in which the disk fails goes offline, and the work is done again for the others.
    /// </summary>
    public void Guard(Action work)
    {
        Invariant.Holds(loop.IsCurrent);
        while (true)
        {
            try
            {
                work();
                return;
            }
            catch (DiskError error)
            {
                if (!TakeOffline(error))
                    return;
            }
        }
    }

    /// <summary>Runs work in one log dir; false when the disk fails, and then the dir goes offline.</summary>
    public bool Try(Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (DiskError error)
        {
            TakeOffline(error);
            return false;
        }
    }

    /// <summary>The log dir in which the operation failed serves no partition any more. False when it was offline before.</summary>
    public bool TakeOffline(DiskError error)
    {
        Invariant.Holds(loop.IsCurrent);
        if (error.Kind == DiskErrorKind.TooManyOpenFiles)
        {
            settings.Log.Warn("replicas", $"no file descriptor is left, which is no failure of a disk: {error.Message}");
            return false;
        }
        if (settings.LogDirs.DirOf(error) is not { } dir)
        {
            settings.Log.Error("replicas", $"the disk failed outside of the log dirs: {error.Message}");
            return false;
        }
        if (dir.IsOffline)
            return false;
        if (error.Kind == DiskErrorKind.LockLost)
            settings.LockLost(error);
        settings.Log.Error("replicas", $"logDir={dir.Path} offline: {error.Message}");
        var hosted = dir.Logs.Keys.Select(partitions.Find).OfType<Partition>().ToList();
        // Before the files are closed, so that readers are told KAFKA_STORAGE_ERROR instead of meeting a closed file.
        foreach (var partition in hosted)
            partition.GoOffline();
        settings.LogDirs.TakeOffline(error);
        foreach (var partition in hosted)
            listeners.TellLost(partition.Name, LeaderEpoch.Unknown);
        if (settings.LogDirs.Online.Count == 0)
            settings.LastDirLost();
        else
            settings.DirLost();
        return true;
    }
}
