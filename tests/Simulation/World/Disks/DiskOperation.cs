namespace KafkaCompatBroker.Tests.Simulation.World.Disks;

/// <summary>The calls of a disk that a fault can meet.</summary>
public enum DiskOperation
{
    Open,
    Create,
    Read,
    Write,
    Truncate,
    Flush,
    FlushFolder,
    Rename,
    Delete,
    CreateFolder,
    List,
}

/// <summary>
/// A fault that is armed: the operations it meets, how many of them it lets pass first, and how many it then fails.
/// </summary>
/// <param name="Matches">The operation and the path that it names; for a rename the target.</param>
public sealed record DiskFault(Func<DiskOperation, string, bool> Matches, DiskErrorKind Kind)
{
    /// <summary>How many matching calls go well before the first that fails.</summary>
    public int Skip { get; set; }

    /// <summary>How many fail; then the fault is over.</summary>
    public int Times { get; set; } = int.MaxValue;

    /// <summary>How many have failed.</summary>
    public int HitCount { get; private set; }

    internal bool Meets(DiskOperation operation, string path)
    {
        if (Times <= 0 || !Matches(operation, path))
            return false;
        if (Skip > 0)
        {
            Skip--;
            return false;
        }
        Times--;
        HitCount++;
        return true;
    }
}

/// <summary>The process died here. Not a <see cref="DiskError"/>, so no code under test handles it.</summary>
public sealed class SimCrash() : Exception("the process died");
