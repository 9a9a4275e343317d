namespace KafkaCompatBroker.Coordinators.Groups.Model;

/// <summary>
/// How much memory the groups and committed offsets of a broker may take. What clients add is refused beyond it; what the log holds is
/// loaded all the same. Any thread may use it.
/// </summary>
internal sealed class GroupMemory(long limitBytes)
{
    private long usedBytes;

    public bool HasRoomFor(long moreBytes) => moreBytes <= 0 || Volatile.Read(ref usedBytes) + moreBytes <= limitBytes;

    public void Change(long bytes) => Interlocked.Add(ref usedBytes, bytes);
}

/// <summary>
/// About what the groups and offsets of one shard take, counted against the <see cref="GroupMemory"/> of all. On its shard's loop.
/// </summary>
internal sealed class ShardMemory(GroupMemory all)
{
    /// <summary>A group and what is there once for each.</summary>
    public const int GroupBytes = 1024;
    /// <summary>A member beside its metadata; also one that has only been given its id.</summary>
    public const int MemberBytes = 1024;
    /// <summary>A committed offset beside its texts.</summary>
    public const int OffsetBytes = 256;

    private long bytes;

    /// <inheritdoc cref="GroupMemory.HasRoomFor"/>
    public bool HasRoomFor(long moreBytes) => all.HasRoomFor(moreBytes);

    public void Change(long by)
    {
        bytes += by;
        all.Change(by);
    }

    /// <summary>The shard is unloaded.</summary>
    public void Release() => Change(-bytes);

    public static long OfText(string text) => text.Length * (long)sizeof(char);
}
