namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>What went wrong with a disk operation, as far as a caller must tell cases apart.</summary>
public enum DiskErrorKind
{
    Other = 0,
    NotFound,
    AlreadyExists,
    NoSpace,
    InputOutput,
    AccessDenied,
    TooManyOpenFiles,
    /// <summary>The folder may be another process's by now; nothing may be written there.</summary>
    LockLost,
}

/// <summary>
/// A disk operation failed. A failed flush is final: the pages may be gone though a second flush would answer well, so the log dir goes
/// offline.
/// </summary>
public sealed class DiskError(DiskErrorKind kind, string path, string operation, string reason)
    : IOException($"{operation} {path}: {reason}")
{
    public DiskErrorKind Kind { get; } = kind;
    public string Path { get; } = path;
    public string Operation { get; } = operation;
    public string Reason { get; } = reason;
}
