namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// What is asked through a client: in whichever session there is, or in one alone. Checks what needs no server, and brings the rest to
/// the client's loop.
/// </summary>
/// <param name="onlyIn">The id of the session outside of which nothing is done; 0 for any.</param>
internal sealed class SessionRequests(
    IZooKeeper client, EnsembleSession session, ILoop loop, Chroot chroot, Func<string, ZnodeAccess> accessOf, long onlyIn)
    : IZooKeeper
{
    public long SessionId => onlyIn == 0 ? client.SessionId : onlyIn;

    public long LivesUntil
        => session.Life is var life && (onlyIn == 0 || life.SessionId == onlyIn) ? life.LivesUntil : SessionLife.None.LivesUntil;

    public IZooKeeper InSession(long sessionId) => client.InSession(sessionId);

    public void Watch(ILoop loop, IZkWatcher watcher) => client.Watch(loop, watcher);

    public Task<ZkOpResult> Apply(ZkOp operation)
        => Operations.Check(operation) is var refusal && refusal != ZkResult.Ok
            ? Task.FromResult(new ZkOpResult(refusal))
            : Ask<ZkOpResult>(answered => Write([operation], results => answered(results.Results[0])));

    public Task<ZkMultiResult> Multi(IReadOnlyList<ZkOp> operations)
        => RefusalOf(operations) is { } refusal ? Task.FromResult(refusal) : Ask<ZkMultiResult>(answered => Write(operations, answered));

    public Task<ZkData> GetData(string path, bool watch = false) => Read(withData: true, path, watch);

    public Task<ZkData> Exists(string path, bool watch = false) => Read(withData: false, path, watch);

    public Task<ZkChildren> GetChildren(string path, bool watch = false)
        => Operations.Check(path) is var refusal && refusal != ZkResult.Ok
            ? Task.FromResult(new ZkChildren(refusal, [], null))
            : Ask<ZkChildren>(answered => new ChildrenRequest(path, watch, chroot, answered));

    private Task<ZkData> Read(bool withData, string path, bool watch)
        => Operations.Check(path) is var refusal && refusal != ZkResult.Ok
            ? Task.FromResult(new ZkData(refusal, null, null))
            : Ask<ZkData>(answered => new DataRequest(withData, path, watch, chroot, answered));

    private WriteRequest Write(IReadOnlyList<ZkOp> operations, Action<ZkMultiResult> answered)
        => new(operations, chroot, accessOf, answered);

    private Task<T> Ask<T>(Func<Action<T>, Request> request)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() => session.Add(request(completion.SetResult), onlyIn));
        return completion.Task;
    }

    /// <summary>The answer to a multi that needs no server; null for one that does.</summary>
    private static ZkMultiResult? RefusalOf(IReadOnlyList<ZkOp> operations)
    {
        if (operations.Count == 0)
            return new ZkMultiResult(ZkResult.Ok, []);
        for (var failed = 0; failed < operations.Count; failed++)
        {
            if (Operations.Check(operations[failed]) is var refusal && refusal != ZkResult.BadArguments)
                continue;
            return new ZkMultiResult(refusal, [.. operations.Select((_, index) => new ZkOpResult(
                index < failed ? ZkResult.Ok : index == failed ? refusal : ZkResult.RuntimeInconsistency))]);
        }
        return null;
    }
}
