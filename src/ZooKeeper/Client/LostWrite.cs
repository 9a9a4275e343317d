namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// Decides whether a write that was refused had been done before: its answer was lost with the connection, it was sent again, and now what
/// it would have written may be there by its own doing. Follows each of its paths through its operations to what they leave there, which is
/// then compared with what was read. Pure.
/// </summary>
internal sealed class LostWrite
{
    private readonly IReadOnlyList<ZkOp> operations;
    private readonly Dictionary<string, Trace> traces = new(StringComparer.Ordinal);

    private LostWrite(IReadOnlyList<ZkOp> operations)
    {
        this.operations = operations;
        foreach (var operation in operations)
            Follow(operation);
    }

    /// <summary>What must be read.</summary>
    public IReadOnlyList<string> Paths => [.. traces.Keys];

    /// <summary>Null when the refusal stands, whatever is there.</summary>
    public static LostWrite? Of(IReadOnlyList<ZkOp> operations, ZkMultiResult refusal)
    {
        if (refusal.Result is not (ZkResult.NodeExists or ZkResult.BadVersion or ZkResult.NoNode))
            return null;
        // Where a check refuses, what it guards has gone on, and that is what the caller must know.
        for (var index = 0; index < operations.Count; index++)
        {
            if (refusal.Results[index].Result != ZkResult.Ok)
                return operations[index] is ZkOp.Check ? null : new LostWrite(operations);
        }
        return null;
    }

    /// <summary>
    /// The results as they were when it was done; null when it was not. The zxid is 0 when it left nothing but deletions.
    /// </summary>
    /// <param name="found">What is at <see cref="Paths"/>.</param>
    /// <param name="sessionId">The session that the request belongs to.</param>
    /// <param name="sentBehindZxid">What the request wrote is younger.</param>
    public (ZkMultiResult Results, long Zxid)? WhenDone(IReadOnlyList<ZkData> found, long sessionId, long sentBehindZxid)
    {
        var zxid = 0L;
        var stats = new Dictionary<string, ZkStat?>(StringComparer.Ordinal);
        foreach (var ((path, trace), node) in traces.Zip(found))
        {
            if (!trace.Fits(node, sessionId))
                return null;
            stats[path] = node.Stat;
            if (node.Stat is not { } stat)
                continue;
            if (stat.Mzxid <= sentBehindZxid || (zxid != 0 && stat.Mzxid != zxid))
                return null;
            zxid = stat.Mzxid;
        }
        return (new ZkMultiResult(ZkResult.Ok, [.. operations.Select(operation => Done(operation, stats))]), zxid);
    }

    private void Follow(ZkOp operation)
    {
        var before = traces.GetValueOrDefault(operation.Path);
        Trace? after = operation switch
        {
            ZkOp.Create create => new Trace { Data = create.Data, Version = 0, IsMade = true, IsEphemeral = IsEphemeral(create) },
            ZkOp.SetData setData => before is { IsGone: false }
                ? before with { Data = setData.Data, Version = before.Version + 1 }
                : new Trace { Data = setData.Data, Version = setData.Version < 0 ? null : setData.Version + 1 },
            ZkOp.Delete => new Trace { IsGone = true },
            _ => before,
        };
        if (after is not null)
            traces[operation.Path] = after;
    }

    private static bool IsEphemeral(ZkOp.Create create) => create.Mode is ZkCreateMode.Ephemeral or ZkCreateMode.EphemeralSequential;

    private static ZkOpResult Done(ZkOp operation, Dictionary<string, ZkStat?> stats) => operation switch
    {
        ZkOp.SetData => new ZkOpResult(ZkResult.Ok, operation.Path, stats[operation.Path]),
        ZkOp.Check => new ZkOpResult(ZkResult.Ok),
        _ => new ZkOpResult(ZkResult.Ok, operation.Path),
    };

    /// <summary>What a write leaves at a path.</summary>
    private sealed record Trace
    {
        public bool IsGone { get; init; }
        public byte[]? Data { get; init; }
        /// <summary>Null where it follows from nothing that was asked.</summary>
        public int? Version { get; init; }
        public bool IsMade { get; init; }
        public bool IsEphemeral { get; init; }

        public bool Fits(ZkData found, long sessionId)
        {
            if (IsGone || found.Stat is not { } stat)
                return IsGone && found.Result == ZkResult.NoNode;
            var isOwn = !IsMade || (stat.Czxid == stat.Mzxid && stat.EphemeralOwner == (IsEphemeral ? sessionId : 0));
            return isOwn && (Version ?? stat.Version) == stat.Version && HasData(found.Data);
        }

        private bool HasData(byte[]? found) => Data is null == found is null && Data.AsSpan().SequenceEqual(found);
    }
}
