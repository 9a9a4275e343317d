using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.Tests.Simulation.World.Processes;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Simulation.Znodes;

/// <summary>
/// Several lives of one embedded store from one seed: each opens it, has its sessions change and read the tree, and ends in a crash at a
/// random step of the disk (inside the opening, a commit, a snapshot or the journal's restart), in a disk error, in a kill between two
/// requests, or in order. Every answer is compared with the model's, and so is the whole tree after each start.
/// </summary>
internal sealed class StoreRun
{
    private const string Directory = "/data";
    private static readonly string[] paths = ["/a", "/b", "/a/x", "/a/y", "/b/x", "/a/x/deep", "/a/x/deep/er"];

    private readonly SimWorld world;
    private readonly StoreHistory history = new();
    private readonly List<Pending> pending = [];
    private readonly List<(EmbeddedSession Session, ModelSession Model)> sessions = [];
    private readonly List<string> story = [];
    private readonly int commitBytes;
    private readonly int journalBytesBeforeSnapshot;
    private SimProcess process;
    private EmbeddedStore? store;

    public StoreRun(int seed)
    {
        world = new SimWorld(seed);
        world.Disk.Mount(Directory);
        process = world.CreateProcess();
        commitBytes = world.Random.Next(20, 400);
        journalBytesBeforeSnapshot = world.Random.Next(100, 3000);
    }

    public SimTrace Trace => world.Trace;

    /// <summary>The steps of the last run, for who looks into a seed that failed.</summary>
    public string Story => string.Join("; ", story);

    /// <summary>How many snapshots the run has seen: one without would prove half.</summary>
    public int SnapshotsTaken { get; private set; }

    public void Run()
    {
        history.Crashed();
        for (var lives = world.Random.Next(2, 7); lives > 0; lives--)
        {
            OpenThroughCrashes();
            Arm(stepsMax: 100);
            for (var requests = world.Random.Next(80); requests > 0 && !IsOver; requests--)
                Do();
            if (!IsOver && world.Random.Next(3) == 0)
                Close();
            End();
        }
        OpenThroughCrashes();
        Damage();
    }

    private bool IsOver => world.Disk.HasCrashed || store!.Failed.IsCompleted;

    /// <summary>Opens the store and looks at all it has, after opening itself has crashed or failed a few times.</summary>
    private void OpenThroughCrashes()
    {
        for (var attempts = world.Random.Next(5); attempts > 0; attempts--)
        {
            Arm(stepsMax: 9);
            if (TryOpen())
                history.Crashed();
            End(isLife: false);
        }
        Assert.True(TryOpen(), "the store does not open");
    }

    private bool TryOpen()
    {
        try
        {
            store = Open();
        }
        catch (Exception exception) when (exception is SimCrash or DiskError)
        {
            story.Add($"open: {exception.Message}");
            history.OpenFailed();
            return false;
        }
        history.Opened();
        var opening = store.OpenSession();
        world.RunUntil(() => world.Disk.HasCrashed || opening.IsCompleted);
        if (!opening.IsCompletedSuccessfully)
        {
            story.Add("first session: crashed or failed");
            history.SessionFailed();
            return false;
        }
        var session = opening.GetAwaiter().GetResult();
        history.Found(ReadAll(session), session.SessionId);
        sessions.Add((session, new ModelSession { Id = session.SessionId }));
        story.Add($"opened at zxid {session.SessionId}");
        world.Trace.Add($"opened {session.SessionId} {history.Latest.Text()}");
        return true;
    }

    private EmbeddedStore Open()
        => EmbeddedStore.Open(new EmbeddedStoreOptions(world.Disk, process, NoLog.Instance, Directory)
        {
            CommitBytes = commitBytes,
            JournalBytesBeforeSnapshot = journalBytesBeforeSnapshot,
            JournalPerSnapshot = 1,
        });

    private string ReadAll(EmbeddedSession session)
    {
        var text = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var unread = new Queue<string>(["/"]);
        while (unread.TryDequeue(out var path))
        {
            var read = world.Await(session.GetData(path));
            text.Add(path, ZnodeModel.LineOf(path, read.Data, read.Stat!));
            foreach (var name in world.Await(session.GetChildren(path)).Names)
                unread.Enqueue(path == "/" ? $"/{name}" : $"{path}/{name}");
        }
        return string.Concat(text.Values);
    }

    private void Do()
    {
        var (session, model) = sessions[world.Random.Next(sessions.Count)];
        switch (world.Random.Next(24))
        {
            case 0 or 1 or 2:
                WaitForAnswers();
                if (!world.Disk.HasCrashed)
                    world.Advance(TimeSpan.FromMilliseconds(world.Random.Next(100)));
                break;
            case 3 or 4 or 5:
                for (var steps = world.Random.Next(1, 10); steps > 0 && !world.Disk.HasCrashed; steps--)
                    world.RunSteps(1);
                SeeAnswers();
                break;
            case 6:
                OpenSession();
                break;
            case 7 when sessions.Count > 1:
                CloseSession(session, model);
                break;
            case 8:
                // Two transactions, as in ZooKeeper: a crash may lie between the old session's end and the new one's begin.
                history.Ask(tree => tree.EndSession(model.Id));
                Ask("expire", store!.Expire(session), tree => model.Id = tree.OpenSession());
                break;
            case 9 or 10 or 11:
                Read(session);
                break;
            case 12 or 13 or 14 or 15 or 16:
                var operations = Enumerable.Range(0, world.Random.Next(1, 5)).Select(_ => Draw()).ToArray();
                Ask("multi", session.Multi(operations), tree => tree.Multi(operations, model.Id, NowMs), SameMulti);
                break;
            default:
                var operation = Draw();
                Ask("apply", session.Apply(operation), tree => tree.Multi([operation], model.Id, NowMs).Results[0]);
                break;
        }
    }

    private void OpenSession()
    {
        if (sessions.Count >= 3)
            return;
        var opening = store!.OpenSession();
        var model = new ModelSession();
        Ask("open session", opening, tree => model.Id = tree.OpenSession(), (session, id) => session.SessionId == id);
        WaitForAnswers();
        if (opening.IsCompletedSuccessfully)
            sessions.Add((opening.GetAwaiter().GetResult(), model));
    }

    private void CloseSession(EmbeddedSession session, ModelSession model)
    {
        sessions.Remove((session, model));
        Ask("close session", session.Close(), tree => tree.EndSession(model.Id));
        Ask("apply after the end", session.Apply(new ZkOp.Create("/late", null)), _ => new ZkOpResult(ZkResult.SessionExpired));
    }

    private void Read(EmbeddedSession session)
    {
        var path = world.Random.Next(4) == 0 ? "/" : paths[world.Random.Next(paths.Length)];
        if (world.Random.Next(2) == 0)
            Ask(
                "get", session.GetData(path), tree => tree.GetData(path),
                (found, expected) => (found.Result, found.Stat, Hex(found.Data)) == (expected.Result, expected.Stat, Hex(expected.Data)));
        else
            Ask("children", session.GetChildren(path), tree => tree.GetChildren(path), (found, expected) => (found.Result, found.Stat) == (
                expected.Result, expected.Stat) && found.Names.SequenceEqual(expected.Names));
    }

    private ZkOp Draw()
    {
        var path = paths[world.Random.Next(paths.Length)];
        var version = world.Random.Next(3) == 0 ? world.Random.Next(3) : -1;
        return world.Random.Next(12) switch
        {
            0 or 1 or 2 => new ZkOp.Create(path, DrawData()),
            3 => new ZkOp.Create(path, DrawData(), ZkCreateMode.Ephemeral),
            4 => new ZkOp.Create(path + "-", DrawData(), ZkCreateMode.PersistentSequential),
            5 => new ZkOp.Create(path + "-", DrawData(), ZkCreateMode.EphemeralSequential),
            6 or 7 => new ZkOp.Delete(DrawPresent(), version),
            8 => new ZkOp.Check(path, version),
            _ => new ZkOp.SetData(world.Random.Next(2) == 0 ? DrawPresent() : path, DrawData(), version),
        };
    }

    // So that sequential nodes, whose names nobody draws, are changed and deleted too.
    private string DrawPresent()
    {
        var present = history.Latest.Paths.Skip(1).ToList();
        return present.Count == 0 ? paths[0] : present[world.Random.Next(present.Count)];
    }

    private byte[]? DrawData()
    {
        if (world.Random.Next(8) == 0)
            return null;
        var data = new byte[world.Random.Next(60)];
        world.Random.NextBytes(data);
        return data;
    }

    /// <summary>Notes a request that was given to the store, with the answer that the model says it must get.</summary>
    private void Ask<TAnswer, TExpected>(
        string name, Task<TAnswer> answer, Func<ZnodeModel, TExpected> request, Func<TAnswer, TExpected, bool> isExpected)
    {
        var expected = default(TExpected)!;
        Ask(name, answer, tree => { expected = request(tree); }, () =>
        {
            var found = answer.GetAwaiter().GetResult();
            Assert.True(isExpected(found, expected), $"{name} was answered {found}, expected {expected}");
        });
    }

    private void Ask<T>(string name, Task<T> answer, Func<ZnodeModel, T> request)
        => Ask(name, answer, request, (found, expected) => found!.Equals(expected));

    private void Ask(string name, Task answer, Action<ZnodeModel> request, Action? check = null)
    {
        story.Add(name);
        var place = history.Ask(request);
        pending.Add(new Pending(answer, () =>
        {
            check?.Invoke();
            history.Answered(place);
        }));
    }

    private void WaitForAnswers()
    {
        world.RunUntil(() => world.Disk.HasCrashed || pending.All(one => one.Answer.IsCompleted));
        SeeAnswers();
    }

    /// <summary>
    /// Takes the answers that have come. They come in the order of the requests; errors only from a store that has failed.
    /// </summary>
    private void SeeAnswers()
    {
        var come = pending.TakeWhile(one => one.Answer.IsCompleted).ToList();
        foreach (var one in come.Where(one => one.Answer.IsCompletedSuccessfully))
            one.See();
        foreach (var one in come.Where(one => one.Answer.IsFaulted))
            Assert.True(one.Answer.Exception!.InnerException is DiskError && store!.Failed.IsCompleted, $"{one.Answer.Exception}");
        pending.RemoveRange(0, come.Count);
        Assert.All(pending, one => Assert.False(one.Answer.IsCompleted, "an answer overtook an earlier one"));
    }

    private void Close()
    {
        WaitForAnswers();
        while (sessions.Count > 0 && !IsOver)
            CloseSession(sessions[0].Session, sessions[0].Model);
        WaitForAnswers();
        if (IsOver)
            return;
        story.Add("close");
        var closing = store!.Close();
        world.RunUntil(() => world.Disk.HasCrashed || closing.IsCompleted);
    }

    private void Arm(int stepsMax)
    {
        if (world.Random.Next(3) > 0)
            world.Disk.CrashIn(world.Random.Next(1, stepsMax));
        if (world.Random.Next(5) == 0)
            world.Disk.FailIn(
                world.Random.Next(1, stepsMax), world.Random.Next(2) == 0 ? DiskErrorKind.InputOutput : DiskErrorKind.NoSpace);
    }

    private void End(bool isLife = true)
    {
        if (isLife)
        {
            SeeAnswers();
            history.Crashed();
        }
        pending.Clear();
        sessions.Clear();
        var isPowerLost = world.Random.Next(2) == 0;
        story.Add(isPowerLost ? "power lost" : "killed");
        process.Kill();
        if (isPowerLost)
            world.Disk.LosePower();
        else
            world.Disk.KillProcesses();
        world.Disk.RemountFailed();
        world.RunUntilIdle();
        Assert.All(world.Errors, error => Assert.IsType<SimCrash>(error));
        process = world.CreateProcess();
        if (world.Disk.FileExists($"{Directory}/embedded-zookeeper.snapshot"))
            SnapshotsTaken++;
    }

    /// <summary>
    /// A flipped bit anywhere in the files, the last frame of the journal left out, is noticed: that frame looks like one that a crash has
    /// torn.
    /// </summary>
    private void Damage()
    {
        var lastFrame = LengthOf("embedded-zookeeper.journal");
        if (world.Await(sessions[0].Session.Multi([new ZkOp.Create("/last", [1])])).Result != ZkResult.Ok)
            return;
        foreach (var (name, length) in ((string, long)[])[("embedded-zookeeper.journal", lastFrame), (
            "embedded-zookeeper.snapshot", LengthOf("embedded-zookeeper.snapshot"))])
        {
            // A snapshot that was just taken has the journal start over.
            if (length == 0 || LengthOf("embedded-zookeeper.journal") <= lastFrame)
                continue;
            var (position, bit) = (world.Random.NextInt64(length), world.Random.Next(8));
            world.Disk.FlipBit($"{Directory}/{name}", position, bit);
            var corrupt = Assert.Throws<StoreCorrupt>(() => Open());
            Assert.Contains(name, corrupt.Message, StringComparison.Ordinal);
            world.Disk.FlipBit($"{Directory}/{name}", position, bit);
        }
    }

    private long LengthOf(string name)
        => world.Disk.FileExists($"{Directory}/{name}") ? world.Disk.ReadAllBytes($"{Directory}/{name}").Length : 0;

    private long NowMs => world.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private static bool SameMulti(ZkMultiResult found, ZkMultiResult expected)
        => found.Result == expected.Result && found.Results.SequenceEqual(expected.Results);

    private static string? Hex(byte[]? data) => data is null ? null : Convert.ToHexString(data);

    private sealed record Pending(Task Answer, Action See);

    /// <summary>The id that the model has given a session, which an expiry changes.</summary>
    private sealed class ModelSession
    {
        public long Id { get; set; }
    }
}
