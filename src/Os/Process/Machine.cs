namespace KafkaCompatBroker.Os.Process;

/// <summary>The machine that this process runs on.</summary>
public static class Machine
{
    public static string Name => Environment.MachineName;

    /// <summary>Memory that this process may use, in bytes: what the machine has, or its container allows.</summary>
    public static long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
