namespace KafkaCompatBroker.Tests.Unit.Controller;

/// <summary>A session that a test can have fail, hit bugs, or be overtaken by another's write.</summary>
public sealed class InterposedZooKeeper(IZooKeeper session) : IZooKeeper
{
    /// <summary>While set, what operations on these paths answer instead of being done.</summary>
    public Func<string, ZkResult?> Failure { get; set; } = _ => null;
    /// <summary>While it holds, an operation on the path throws what only a bug would.</summary>
    public Func<string, bool> Bug { get; set; } = _ => false;
    /// <summary>Done once, before the next multi.</summary>
    public Func<Task>? BeforeMulti { get; set; }

    public long SessionId => session.SessionId;

    public void Watch(ILoop loop, IZkWatcher watcher) => session.Watch(loop, watcher);

    public async Task<ZkMultiResult> Multi(IReadOnlyList<ZkOp> operations)
    {
        if (BeforeMulti is { } before)
        {
            BeforeMulti = null;
            await before();
        }
        foreach (var operation in operations)
        {
            if (FailureOf(operation.Path) is { } failure)
                return new ZkMultiResult(failure, [.. operations.Select(_ => new ZkOpResult(failure))]);
        }
        return await session.Multi(operations);
    }

    public async Task<ZkOpResult> Apply(ZkOp operation)
        => FailureOf(operation.Path) is { } failure ? new ZkOpResult(failure) : await session.Apply(operation);

    public async Task<ZkData> GetData(string path, bool watch = false)
        => FailureOf(path) is { } failure ? new ZkData(failure, null, null) : await session.GetData(path, watch);

    public async Task<ZkData> Exists(string path, bool watch = false)
        => FailureOf(path) is { } failure ? new ZkData(failure, null, null) : await session.Exists(path, watch);

    public async Task<ZkChildren> GetChildren(string path, bool watch = false)
        => FailureOf(path) is { } failure ? new ZkChildren(failure, [], null) : await session.GetChildren(path, watch);

    private ZkResult? FailureOf(string path) => Bug(path) ? throw new InvalidOperationException($"a bug in {path}") : Failure(path);
}
