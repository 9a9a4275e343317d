using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Os.Process;

/// <summary>The machine that this process runs on.</summary>
public static partial class Machine
{
    private const int FileDescriptorLimit = 7;

    public static string Name => Environment.MachineName;

    /// <summary>
    /// How many files and sockets this process may have open: as many as the system lets it have, since its own lower limit is raised to
    /// that. Where the system has no such limit, a number that is never reached.
    /// </summary>
    public static int RaiseFileDescriptors()
    {
        if (!OperatingSystem.IsLinux() || GetLimit(FileDescriptorLimit, out var limit) != 0)
            return int.MaxValue;
        if (limit.Soft < limit.Hard && SetLimit(FileDescriptorLimit, limit with { Soft = limit.Hard }) == 0)
            limit.Soft = limit.Hard;
        return (int)Math.Min(limit.Soft, int.MaxValue);
    }

    /// <summary>Memory that this process may use, in bytes: what the machine has, or its container allows.</summary>
    public static long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    /// <summary>struct rlimit of a 64-bit Linux.</summary>
    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
