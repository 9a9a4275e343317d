namespace KafkaCompatBroker.Tests.Simulation.World.Disks;

/// <summary>Paths as the simulated disk takes them: absolute, '/'-separated.</summary>
internal static class DiskPath
{
    public static string Normal(string path) => Path.GetFullPath(path).TrimEnd('/') is { Length: > 0 } full ? full : "/";

    public static string[] Steps(string path) => Normal(path).Split('/', StringSplitOptions.RemoveEmptyEntries);

    public static string Parent(string path) => Path.GetDirectoryName(path)!;

    public static string Name(string path) => Path.GetFileName(path);
}
