using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Puts a log, which has all that another one has, in its place, wherever the two are. Between the renames of the two folders both have the
/// partition's name, and the next start tells them apart by a file in the old one; that file is durable before and is taken back, durably,
/// where the replacement fails, so that nothing is ever appended to a folder that is to go. Done on the loop that owns both logs. KIP-113.
/// </summary>
internal sealed class LogReplacement(LogState copy, LogState replaced)
{
    private string Marker => Path.Combine(replaced.Options.Directory, LogFileNames.ReplacedFile);

    /// <summary>As <see cref="PartitionLog.TakePlaceOf"/>.</summary>
    /// <param name="rename">Gives the copy its name.</param>
    /// <param name="renameReplaced">Puts the other log's folder out of the way.</param>
    public DiskError? Run(Action rename, Action renameReplaced)
    {
        Invariant.Holds(
            copy.View.LogEndOffset == replaced.View.LogEndOffset && copy.View.LogStartOffset == replaced.View.LogStartOffset);
        copy.Lifetime.Change(() => copy.LeaderEpochs.TakeOver(replaced.LeaderEpochs.Current));
        replaced.Lifetime.Change(Mark);
        try
        {
            rename();
        }
        catch (DiskError)
        {
            replaced.Lifetime.Change(TakeMarkBack);
            throw;
        }
        TakeOverMemory();
        try
        {
            renameReplaced();
            return null;
        }
        catch (DiskError error)
        {
            return error;
        }
    }

    /// <summary>What no file tells, or not this one's: producers with their verifications, and where compaction goes on.</summary>
    private void TakeOverMemory()
    {
        copy.Producers.TakeOver(replaced.Producers);
        copy.ReadOnly.FirstDirtyOffset = replaced.ReadOnly.FirstDirtyOffset;
        copy.ReadOnly.IsUncleanable = replaced.ReadOnly.IsUncleanable;
    }

    private void Mark()
    {
        replaced.Options.Disk.Open(Marker, DiskOpenMode.OpenOrCreate).Release();
        replaced.Options.Disk.FlushDirectory(replaced.Options.Directory);
    }

    /// <summary>
    /// A mark that may come back would take along what is appended from here on, so not even a want of descriptors is passed over.
    /// </summary>
    private void TakeMarkBack()
    {
        try
        {
            replaced.Options.Disk.DeleteFile(Marker);
            replaced.Options.Disk.FlushDirectory(replaced.Options.Directory);
        }
        catch (DiskError error) when (error.Kind == DiskErrorKind.TooManyOpenFiles)
        {
            throw new DiskError(DiskErrorKind.Other, Marker, "take back", error.Message);
        }
    }
}
