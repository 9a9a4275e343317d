namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// Brings to an end what a crash interrupted in a partition's folder. <c>.deleted</c> files go. <c>.cleaned</c> files are a cleaner's
/// unfinished output and go too, with every <c>.swap</c> file at or past the first of them. The <c>.swap</c> files left are finished: what
/// they replace goes, they take its place. What a power loss may leave of this is brought to an end by the next start: nothing takes a name
/// before that what it replaces is gone for good, and no other change begins before the names are durable.
/// </summary>
internal static class InterruptedChanges
{
    /// <summary>The names that the folder has then.</summary>
    public static HashSet<string> Finish(IDisk disk, string directory)
    {
        var names = NamesIn(disk, directory);
        var swaps = new List<(string Name, long BaseOffset)>();
        var cleanedFrom = long.MaxValue;
        var unfinished = new List<string>();
        foreach (var name in names)
        {
            if (name.EndsWith(LogFileNames.DeletedSuffix, StringComparison.Ordinal))
                unfinished.Add(name);
            else if (TryParse(name, LogFileNames.CleanedSuffix, out var cleaned))
            {
                cleanedFrom = Math.Min(cleanedFrom, cleaned);
                unfinished.Add(name);
            }
            else if (TryParse(name, LogFileNames.SwapSuffix, out var swap))
                swaps.Add((name, swap));
        }
        unfinished.AddRange(swaps.Where(swap => swap.BaseOffset >= cleanedFrom).Select(swap => swap.Name));
        foreach (var name in unfinished)
            disk.DeleteFile(Path.Combine(directory, name));
        names.ExceptWith(unfinished);
        swaps.RemoveAll(swap => swap.BaseOffset >= cleanedFrom);
        if (swaps.Count == 0)
            return names;
        Replace(disk, directory, swaps);
        return NamesIn(disk, directory);
    }

    private static HashSet<string> NamesIn(IDisk disk, string directory) => [.. disk.List(directory).Select(entry => entry.Name)];

    private static void Replace(IDisk disk, string directory, List<(string Name, long BaseOffset)> swaps)
    {
        var from = swaps.Min(swap => swap.BaseOffset);
        var until = from;
        // One that is empty takes the place of its namesake all the same. One whose log has its name already has replaced all there was.
        var replaced = new HashSet<long>();
        foreach (var (name, baseOffset) in swaps)
        {
            if (!name.EndsWith(LogFileNames.LogSuffix + LogFileNames.SwapSuffix, StringComparison.Ordinal))
                continue;
            replaced.Add(baseOffset);
            until = Math.Max(until, NextOffset(disk, Path.Combine(directory, name), baseOffset));
        }
        foreach (var entry in disk.List(directory))
        {
            if (TryParse(entry.Name, "", out var baseOffset)
                && (baseOffset >= from && baseOffset < until || replaced.Contains(baseOffset)))
                disk.DeleteFile(Path.Combine(directory, entry.Name));
        }
        disk.FlushDirectory(directory);
        foreach (var (name, _) in swaps)
            disk.Rename(Path.Combine(directory, name), Path.Combine(directory, name[..^LogFileNames.SwapSuffix.Length]));
        disk.FlushDirectory(directory);
    }

    private static long NextOffset(IDisk disk, string path, long baseOffset)
    {
        var file = disk.Open(path, DiskOpenMode.ReadOnly);
        try
        {
            var nextOffset = baseOffset;
            var scanner = new BatchScanner(file, 0, file.Length, new byte[BatchScanner.BufferBytes]);
            while (scanner.MoveNext())
                nextOffset = scanner.Header.LastOffset + 1;
            return nextOffset;
        }
        finally
        {
            file.Release();
        }
    }

    private static bool TryParse(string name, string ending, out long baseOffset)
    {
        baseOffset = -1;
        foreach (var suffix in LogFileNames.SegmentSuffixes)
        {
            if (LogFileNames.TryParseOffset(name, suffix + ending, out baseOffset))
                return true;
        }
        return false;
    }
}
