namespace KafkaCompatBroker.Kernel.Model;

/// <summary>
/// What the process's file descriptors are for: most for logs, of which each segment takes one, some kept for what is open for a moment
/// only, and the rest for connections. Any thread may use it.
/// </summary>
/// <param name="descriptors">How many files and sockets the process may have open (<c>nofile</c>).</param>
/// <param name="openFiles">How many files it has open.</param>
public sealed class FileBudget(int descriptors, Func<int> openFiles)
{
    /// <summary>The runtime keeps a descriptor for each assembly that it has loaded, about a hundred.</summary>
    private readonly int kept = 160 + descriptors / 64;

    /// <summary>So many files may be those of logs.</summary>
    public int LogFilesMax => descriptors / 4 * 3;

    /// <summary>So many connections may be open now.</summary>
    public int ConnectionsMax => Math.Max(0, descriptors - kept - openFiles());

    /// <summary>What is wrong with so many partitions more, for who asks for them; null when there is room.</summary>
    public string? Problem(int morePartitions)
        => openFiles() + (long)morePartitions > LogFilesMax
            ? $"{morePartitions} more partitions need as many files; the broker has {openFiles()} open, and its limit of {descriptors} "
                + $"file descriptors (nofile) leaves {LogFilesMax} for logs."
            : null;
}
