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

    public long LivesUntil => session.LivesUntil;

    public IZooKeeper InSession(long sessionId) => new InOneSession(this, session.InSession(sessionId));

    public void Watch(ILoop loop, IZkWatcher watcher) => session.Watch(loop, watcher);

    public Task<ZkMultiResult> Multi(IReadOnlyList<ZkOp> operations) => Multi(session, operations);

    public Task<ZkOpResult> Apply(ZkOp operation) => Apply(session, operation);

    public Task<ZkData> GetData(string path, bool watch = false) => GetData(session, path, watch);

    public Task<ZkData> Exists(string path, bool watch = false) => Exists(session, path, watch);

    public Task<ZkChildren> GetChildren(string path, bool watch = false) => GetChildren(session, path, watch);

    private async Task<ZkMultiResult> Multi(IZooKeeper to, IReadOnlyList<ZkOp> operations)
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
        return await to.Multi(operations);
    }

    private async Task<ZkOpResult> Apply(IZooKeeper to, ZkOp operation)
        => FailureOf(operation.Path) is { } failure ? new ZkOpResult(failure) : await to.Apply(operation);

    private async Task<ZkData> GetData(IZooKeeper to, string path, bool watch)
        => FailureOf(path) is { } failure ? new ZkData(failure, null, null) : await to.GetData(path, watch);

    private async Task<ZkData> Exists(IZooKeeper to, string path, bool watch)
        => FailureOf(path) is { } failure ? new ZkData(failure, null, null) : await to.Exists(path, watch);

    private async Task<ZkChildren> GetChildren(IZooKeeper to, string path, bool watch)
        => FailureOf(path) is { } failure ? new ZkChildren(failure, [], null) : await to.GetChildren(path, watch);

    /// <summary>One session alone, interposed in the same way.</summary>
    private sealed class InOneSession(InterposedZooKeeper outer, IZooKeeper one) : IZooKeeper
    {
        public long SessionId => one.SessionId;

        public long LivesUntil => one.LivesUntil;

        public IZooKeeper InSession(long sessionId) => outer.InSession(sessionId);

        public void Watch(ILoop loop, IZkWatcher watcher) => one.Watch(loop, watcher);

        public Task<ZkMultiResult> Multi(IReadOnlyList<ZkOp> operations) => outer.Multi(one, operations);

        public Task<ZkOpResult> Apply(ZkOp operation) => outer.Apply(one, operation);

        public Task<ZkData> GetData(string path, bool watch = false) => outer.GetData(one, path, watch);

        public Task<ZkData> Exists(string path, bool watch = false) => outer.Exists(one, path, watch);

        public Task<ZkChildren> GetChildren(string path, bool watch = false) => outer.GetChildren(one, path, watch);
    }

    private ZkResult? FailureOf(string path) => Bug(path) ? throw new InvalidOperationException($"a bug in {path}") : Failure(path);
}
