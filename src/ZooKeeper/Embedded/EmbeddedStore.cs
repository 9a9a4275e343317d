using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>
/// What the embedded store is opened with. <paramref name="Directory"/> is the first log dir, which its owner has locked.
/// </summary>
public sealed record EmbeddedStoreOptions(IDisk Disk, ILoops Loops, ILog Log, string Directory)
{
    /// <summary>A commit is not put off beyond this, so that what one flush makes durable stays small.</summary>
    public int CommitBytes { get; init; } = Limits.StoreCommitBytes;
    /// <summary>A journal shorter than this is never worth a snapshot.</summary>
    public int JournalBytesBeforeSnapshot { get; init; } = 4 * 1024 * 1024;
    /// <summary>A journal is worth a snapshot when it is this many times as long as the last one.</summary>
    public int JournalPerSnapshot { get; init; } = 4;
    /// <summary>What shows that the store was made before, so that one without a single transaction is one that was lost.</summary>
    public string? SignOfUse { get; init; }
}

/// <summary>
/// A ZooKeeper inside the process, for a broker that runs alone: same paths, versions, watches and multis, kept in two plain files of the
/// log dir (a Kafka that is started on the same dir ignores files). Everything runs on one loop. What is written takes effect in order; its
/// answer, and every later answer and event, leaves only after the journal's flush, so nobody sees what a crash could take back. Writes
/// that wait together share one flush. Sessions end with <see cref="EmbeddedSession.Close"/> or with the process: what ephemeral nodes a
/// dead process left are deleted at open. A disk error is final: <see cref="Failed"/> completes and every call from then on fails with it.
/// </summary>
public sealed class EmbeddedStore
{
    /// <summary>The files that a store is kept in.</summary>
    public static readonly IReadOnlyList<string> FileNames = [Journal.FileName, Snapshot.FileName];

    private readonly EmbeddedStoreOptions options;
    private readonly ILoop loop;
    private readonly Journal journal;
    private readonly ZnodeTree tree;
    private readonly Dictionary<long, EmbeddedSession> sessions = [];
    private readonly List<Transaction> uncommitted = [];
    private readonly Queue<IOutcome> afterCommit = [];
    private readonly TaskCompletionSource<DiskError> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DiskError? failure;
    private long uncommittedBytes;
    private long snapshotLength;
    private bool commitIsQueued;
    private bool isClosed;

    private EmbeddedStore(EmbeddedStoreOptions options, Journal journal, ZnodeTree tree, long snapshotLength)
    {
        (this.options, this.journal, this.tree, this.snapshotLength) = (options, journal, tree, snapshotLength);
        loop = options.Loops.Create("zookeeper");
    }

    /// <summary>Completes with the error that stopped the store; the broker cannot go on then.</summary>
    public Task<DiskError> Failed => failed.Task;

    /// <summary>A file that shows that a store is in the folder; null when none is.</summary>
    public static string? FileIn(IDisk disk, string directory)
        => FileNames.Select(name => System.IO.Path.Combine(directory, name)).FirstOrDefault(disk.FileExists);

    /// <exception cref="StoreCorrupt">A file is damaged.</exception>
    /// <exception cref="StoreMissing">A file is gone; nothing was written.</exception>
    /// <exception cref="DiskError">A file cannot be read or written.</exception>
    public static EmbeddedStore Open(EmbeddedStoreOptions options)
    {
        var snapshotPath = PathOf(options, Snapshot.FileName);
        var journalPath = PathOf(options, Journal.FileName);
        var hasSnapshot = options.Disk.FileExists(snapshotPath);
        // The journal's name is durable before anything else is, and never goes away.
        if (!options.Disk.FileExists(journalPath) && (hasSnapshot ? snapshotPath : options.SignOfUse) is { } sign)
            throw new StoreMissing(journalPath, sign);
        options.Disk.DeleteFile(snapshotPath + ".tmp");
        options.Disk.DeleteFile(journalPath + ".tmp");
        var (tree, snapshotLength) = Snapshot.Read(options.Disk, snapshotPath);
        var replayed = 0;
        var journal = Journal.Open(options.Disk, journalPath, options.Log, transaction =>
        {
            if (!hasSnapshot && replayed == 0 && transaction.Zxid > 1)
                throw new StoreMissing(snapshotPath, journalPath);
            // A crash between a snapshot and the journal's restart leaves transactions in both.
            if (transaction.Zxid <= tree.LastZxid)
                return replayed == 0;
            replayed++;
            return transaction.Zxid == tree.LastZxid + 1 && tree.Replay(transaction);
        });
        var store = new EmbeddedStore(options, journal, tree, snapshotLength);
        try
        {
            // A journal begins anew behind each snapshot.
            if (tree.LastZxid == 0 && options.SignOfUse is not null)
                throw new StoreMissing(snapshotPath, options.SignOfUse);
            store.DeleteEphemeralsOfTheDead();
        }
        catch
        {
            journal.Dispose();
            throw;
        }
        options.Log.Info("zookeeper", $"embedded store open znodes={tree.Count} zxid={tree.LastZxid} replayed={replayed}");
        return store;
    }

    /// <summary>A new session; its id is never given again, not even after a restart.</summary>
    public Task<EmbeddedSession> OpenSession() => Submit<EmbeddedSession>(completion =>
    {
        Invariant.Holds(!isClosed);
        var session = new EmbeddedSession(this, Begin([]));
        sessions.Add(session.SessionId, session);
        Answer(completion, session);
    });

    /// <summary>
    /// Ends a session as if its time had run out: its ephemeral nodes go, and the watcher is told of the end and of the next session.
    /// </summary>
    public Task Expire(EmbeddedSession session) => Submit<bool>(completion =>
    {
        Invariant.Holds(!isClosed);
        var expired = session.SessionId;
        End(session);
        session.Fire(new ZkSessionEvent(ZkSessionEventKind.Expired, expired));
        session.Renew(Begin([]));
        sessions.Add(session.SessionId, session);
        session.Fire(new ZkSessionEvent(ZkSessionEventKind.Connected, session.SessionId));
        Answer(completion, true);
    });

    /// <summary>
    /// Commits what waits and closes the files, those of a store that has failed too. The sessions are to be closed before; one that is not
    /// keeps its ephemeral nodes until the next open. Whoever still asks is told that the session has expired. Closed twice is fine.
    /// </summary>
    public Task Close()
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() =>
        {
            if (!isClosed)
            {
                Commit();
                isClosed = true;
                foreach (var session in sessions.Values)
                    session.End();
                journal.Dispose();
            }
            completion.SetResult();
        });
        return completion.Task;
    }

    /// <summary>Writes nothing more from here on, because the folder may be another broker's. As after a disk error.</summary>
    public void Abandon(DiskError reason) => loop.Post(() =>
    {
        if (!isClosed)
            Fail(reason);
    });

    internal Task Close(EmbeddedSession session) => Submit<bool>(completion =>
    {
        End(session);
        Answer(completion, true);
    });

    internal Task<ZkOpResult> Apply(EmbeddedSession session, long onlyIn, ZkOp operation) => Submit<ZkOpResult>(completion =>
    {
        var result = session.Serves(onlyIn) ? ApplyAll(session, [operation]).Results[0] : new ZkOpResult(ZkResult.SessionExpired);
        Answer(completion, result);
    });

    internal Task<ZkMultiResult> Multi(EmbeddedSession session, long onlyIn, IReadOnlyList<ZkOp> operations)
        => Submit<ZkMultiResult>(completion => Answer(
            completion,
            session.Serves(onlyIn) ? ApplyAll(session, operations) : new ZkMultiResult(ZkResult.SessionExpired, [])));

    internal Task<ZkData> GetData(EmbeddedSession session, long onlyIn, string path, bool watch) => Submit<ZkData>(completion =>
    {
        var result = Read(
            session, onlyIn, path, node => new ZkData(ZkResult.Ok, node.Data, node.Stat), code => new ZkData(code, null, null));
        if (watch && result.Result == ZkResult.Ok)
            session.Watches.OnData(path);
        Answer(completion, result);
    });

    internal Task<ZkData> Exists(EmbeddedSession session, long onlyIn, string path, bool watch) => Submit<ZkData>(completion =>
    {
        var result = Read(session, onlyIn, path, node => new ZkData(ZkResult.Ok, null, node.Stat), code => new ZkData(code, null, null));
        if (watch && result.Result is ZkResult.Ok or ZkResult.NoNode)
            session.Watches.OnData(path);
        Answer(completion, result);
    });

    internal Task<ZkChildren> GetChildren(EmbeddedSession session, long onlyIn, string path, bool watch) => Submit<ZkChildren>(completion =>
    {
        var result = Read(
            session, onlyIn, path, node => new ZkChildren(ZkResult.Ok, [.. node.Children], node.Stat),
            code => new ZkChildren(code, [], null));
        if (watch && result.Result == ZkResult.Ok)
            session.Watches.OnChildren(path);
        Answer(completion, result);
    });

    private T Read<T>(EmbeddedSession session, long onlyIn, string path, Func<Znode, T> found, Func<ZkResult, T> refused)
    {
        if (!session.Serves(onlyIn))
            return refused(ZkResult.SessionExpired);
        if (!ZnodePath.IsValid(path))
            return refused(ZkResult.BadArguments);
        return tree.Find(path) is { } node ? found(node) : refused(ZkResult.NoNode);
    }

    private ZkMultiResult ApplyAll(EmbeddedSession session, IReadOnlyList<ZkOp> operations)
    {
        var result = tree.ApplyAll(operations, session.SessionId, tree.LastZxid + 1, NowMs(), out var changes);
        if (changes.Count > 0)
            Begin(changes);
        return result;
    }

    /// <summary>Takes applied changes into the next commit and tells the watchers of them, once they are durable. The zxid.</summary>
    private long Begin(IReadOnlyList<Change> changes)
    {
        var transaction = new Transaction(++tree.LastZxid, NowMs(), changes);
        uncommitted.Add(transaction);
        foreach (var change in changes)
        {
            uncommittedBytes += change.Path.Length + (change.Data?.Length ?? 0);
            foreach (var session in sessions.Values)
                session.Fire(change);
        }
        if (uncommittedBytes >= options.CommitBytes)
            Commit();
        else if (!commitIsQueued)
        {
            // Behind what is queued now, so that all of it shares the flush.
            commitIsQueued = true;
            loop.Post(Commit);
        }
        return transaction.Zxid;
    }

    private void Answer<T>(TaskCompletionSource<T> completion, T result) => Release(new Outcome<T>(completion, result));

    /// <summary>Lets an answer or an event out: at once when nothing waits for a commit, else after it, in order.</summary>
    internal void Release(IOutcome outcome)
    {
        if (failure is not null)
            outcome.Fail(failure);
        else if (uncommitted.Count == 0)
            outcome.Tell();
        else
            afterCommit.Enqueue(outcome);
    }

    private void Commit()
    {
        commitIsQueued = false;
        if (uncommitted.Count == 0 || failure is not null)
            return;
        try
        {
            journal.Commit(uncommitted);
            uncommitted.Clear();
            uncommittedBytes = 0;
            if (journal.Length > Math.Max(options.JournalBytesBeforeSnapshot, snapshotLength * options.JournalPerSnapshot))
                TakeSnapshot();
        }
        catch (DiskError error)
        {
            options.Log.Error("zookeeper", $"embedded store failed: {error.Message}");
            Fail(error);
            return;
        }
        while (afterCommit.TryDequeue(out var outcome))
            outcome.Tell();
    }

    private void TakeSnapshot()
    {
        snapshotLength = Snapshot.Write(options.Disk, PathOf(options, Snapshot.FileName), tree);
        journal.Restart();
    }

    private void Fail(DiskError error)
    {
        failure ??= error;
        failed.TrySetResult(error);
        while (afterCommit.TryDequeue(out var outcome))
            outcome.Fail(error);
    }

    private void End(EmbeddedSession session)
    {
        if (!session.IsOpen)
            return;
        session.End();
        sessions.Remove(session.SessionId);
        DeleteAll(tree.EphemeralsOf(session.SessionId));
    }

    private void DeleteEphemeralsOfTheDead()
    {
        // The thread that opens the store commits here; a commit posted to the loop would run beside it and write the same frame.
        commitIsQueued = true;
        DeleteAll(tree.AllEphemerals());
        Commit();
        if (failure is not null)
            throw failure;
    }

    private void DeleteAll(IReadOnlyList<string> paths)
    {
        var (zxid, timeMs) = (tree.LastZxid + 1, NowMs());
        var changes = new List<Change>(paths.Count);
        foreach (var path in paths)
        {
            var result = tree.Apply(new ZkOp.Delete(path), 0, zxid, timeMs, out var change, out _);
            Invariant.Holds(result.Result == ZkResult.Ok && change is not null);
            changes.Add(change.Value);
        }
        if (changes.Count > 0)
            Begin(changes);
    }

    private Task<T> Submit<T>(Action<TaskCompletionSource<T>> request)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() =>
        {
            if (failure is not null)
                completion.SetException(failure);
            else
                request(completion);
        });
        return completion.Task;
    }

    private long NowMs() => options.Loops.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private static string PathOf(EmbeddedStoreOptions options, string name) => System.IO.Path.Combine(options.Directory, name);

    /// <summary>What somebody learns once everything before it is durable.</summary>
    internal interface IOutcome
    {
        void Tell();
        void Fail(DiskError error);
    }

    private sealed class Outcome<T>(TaskCompletionSource<T> completion, T result) : IOutcome
    {
        public void Tell() => completion.SetResult(result);
        public void Fail(DiskError error) => completion.SetException(error);
    }
}
