namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// The session with an ensemble. It connects to one server after the other and serves the requests of its <see cref="RequestLine"/> on the
/// connection there is. A connection that is lost is followed by the next, with the session's id and password, so the session goes on; when
/// the ensemble says that it has expired, everything under way and waiting is answered so, and a new session is begun. All of it happens on
/// one loop.
/// </summary>
internal sealed class EnsembleSession
{
    /// <summary>How long the answer to a close is waited for; behind it the ensemble ends the session when its time is over.</summary>
    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(2);

    private readonly ZooKeeperClientOptions options;
    private readonly ILoop loop;
    private readonly Action<ZkSessionEvent> tellSession;
    private readonly Action<ZkEvent> tellWatch;
    private readonly Connector connector;
    private readonly Chroot chroot;
    private readonly RequestLine line;
    private readonly ArmedWatches watches = new();
    private readonly HashSet<long> claimedZxids = [];
    private readonly CancellationTokenSource closing = new();
    private SessionIdentity session = SessionIdentity.None;
    private ServerConnection? connection;
    private long lastZxid;
    private bool hasEnded;

    /// <param name="tellSession">Takes what happens to the session, in order with <paramref name="tellWatch"/> and with answers.</param>
    public EnsembleSession(
        ZooKeeperClientOptions options, ILoop loop, Action<ZkSessionEvent> tellSession, Action<ZkEvent> tellWatch)
    {
        (this.options, this.loop, this.tellSession, this.tellWatch) = (options, loop, tellSession, tellWatch);
        connector = new Connector(options, loop);
        chroot = new Chroot(options.Connect.Chroot);
        line = new RequestLine(options.MaxInFlightRequests, options.WaitingMaxBytes);
    }

    /// <summary>Whether a server is connected.</summary>
    public bool IsConnected => connection is not null;

    /// <summary>Connects, and stays connected until <see cref="Close"/>. The nodes of the chroot are made first of all.</summary>
    public void Start()
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var node in chroot.Nodes)
            Add(new WriteRequest([new ZkOp.Create(node, null)], Chroot.None, options.AccessOf, made => CheckChroot(node, made.Result)));
        _ = loop.Start(StayConnected);
    }

    public void Add(Request request)
    {
        Invariant.Holds(loop.IsCurrent);
        if (closing.IsCancellationRequested)
            request.Refuse(ZkResult.SessionExpired);
        else if (request.WaitingBytes > options.FrameMaxBytes)
            request.Refuse(ZkResult.BadArguments);
        else if (!line.TryAdd(request))
            request.Refuse(ZkResult.ConnectionLoss);
        else
            SendWhatMayBe();
    }

    /// <summary>
    /// Ends the session, for good. What is under way is still answered, what waits is not done. Without a connection, or when the server
    /// does not answer, the ensemble ends the session when its time is over.
    /// </summary>
    public void Close(Action closed)
    {
        Invariant.Holds(loop.IsCurrent);
        if (closing.IsCancellationRequested)
        {
            closed();
            return;
        }
        foreach (var request in line.TakeWaiting())
            request.Refuse(ZkResult.SessionExpired);
        var giveUp = loop.Schedule(CloseMax, () => connection?.End("the close is not answered"));
        line.TryAdd(new CloseRequest(() =>
        {
            giveUp.Dispose();
            connection?.End("closed");
            closed();
        }));
        SendWhatMayBe();
        closing.Cancel();
        if (connection is null)
            End();
    }

    private async Task StayConnected()
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                if (await connector.TryNext(session, lastZxid, closing.Token) is { } opened)
                    await Serve(opened.Connection, opened.Granted);
            }
            catch (Exception exception)
            {
                // The root of a connection: a bug ends that one.
                options.Log.Error("zookeeper", "connection failed", exception);
            }
        }
        End();
    }

    private async Task Serve(ServerConnection opened, SessionIdentity granted)
    {
        using var _ = opened;
        if (closing.IsCancellationRequested)
            return;
        if (session != SessionIdentity.None && granted.Id != session.Id)
        {
            Expire();
            return;
        }
        if (granted == SessionIdentity.None)
            return;
        (session, connection) = (granted, opened);
        using var keepAlive = new KeepAlive(
            loop, options.Loops.Time, granted.Timeout, ping: () => opened.Send(Frame(SpecialXid.Ping, OpCode.Ping)),
            giveUp: () => opened.End("the server is silent"));
        try
        {
            Begin(opened);
            while (await opened.ReadFrame() is { } frame)
            {
                keepAlive.Heard();
                Handle(opened, frame);
            }
        }
        finally
        {
            connection = null;
            NoteEnd(opened);
        }
    }

    private void Begin(ServerConnection opened)
    {
        options.Log.Info(
            "zookeeper", $"session=0x{session.Id:x} server={opened.Server} timeoutMs={session.Timeout.TotalMilliseconds:F0} connected");
        tellSession(new ZkSessionEvent(ZkSessionEventKind.Connected, session.Id));
        if (options.Auth is { } auth)
            opened.Send(AuthFrame(auth));
        foreach (var frame in watches.Frames(lastZxid, chroot))
            opened.Send(frame);
        SendWhatMayBe();
    }

    private void NoteEnd(ServerConnection ended)
    {
        options.Log.Info("zookeeper", $"session=0x{session.Id:x} server={ended.Server} connection ended: {ended.EndReason}");
        var alone = line.ConnectionEnded();
        if (closing.IsCancellationRequested || session == SessionIdentity.None)
            return;
        tellSession(new ZkSessionEvent(ZkSessionEventKind.Disconnected, session.Id));
        if (alone is null || alone.ConnectionsEnded < Limits.ConnectionsEndedByARequest
            || (alone.WaitingBytes <= Limits.ZooKeeperDefaultFrameBytes && !ended.HasMetTooLargeFrame))
            return;
        options.Log.Warn("zookeeper", $"a request of about {alone.WaitingBytes} bytes is given up: each connection it is sent on ends");
        line.GiveUp(alone);
        alone.Refuse(ZkResult.ConnectionLoss);
    }

    private void SendWhatMayBe()
    {
        while (connection is { EndReason: null } && line.Next(lastZxid) is { } request)
            connection.Send(request.Write().ToFrame());
    }

    private void Handle(ServerConnection from, ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame);
        var (xid, zxid, result) = (reader.Int32(), reader.Int64(), (ZkResult)reader.Int32());
        if (reader.IsBroken)
            from.End("the server sent what is no answer");
        else if (result is ZkResult.AuthFailed or ConnectionCode.AuthenticationRequired)
            RefuseAuth(from);
        else if (xid == SpecialXid.Notification)
            HandleEvent(from, ref reader);
        else if (xid == SpecialXid.SetWatches && result != ZkResult.Ok)
            from.End($"the server set no watches: {result}");
        else if (xid is not (SpecialXid.Ping or SpecialXid.Auth or SpecialXid.SetWatches))
            HandleAnswer(from, xid, zxid, result, ref reader);
    }

    private void HandleAnswer(ServerConnection from, int xid, long zxid, ZkResult result, ref JuteReader reader)
    {
        if (result == ZkResult.SessionExpired)
        {
            from.End("the session has expired");
            Expire();
            return;
        }
        if (result == ConnectionCode.SessionMoved)
        {
            from.End("the session has moved");
            return;
        }
        if (line.Awaiting(xid) is not { } request)
        {
            from.End($"the server answered xid {xid}, which is not the next");
            return;
        }
        if (!request.TryRead(result, ref reader))
        {
            from.End("the server sent what is no answer");
            return;
        }
        line.Answered();
        lastZxid = Math.Max(lastZxid, zxid);
        if (request is ReadRequest { ArmedWatch: { } watch })
            watches.Arm(watch.Kind, watch.Path);
        if (request is WriteRequest { WasLost: true } write && LostWrite.Of(write.Asked, write.Taken) is { } lost)
            line.PutFirst(new ReadBack(write, lost, session.Id, claimedZxids).Reads);
        else
            Answer(request, zxid);
        SendWhatMayBe();
    }

    private void Answer(Request request, long zxid)
    {
        var isLast = !request.WasLost && !line.HasLost;
        if (!isLast && request is WriteRequest { Taken.Result: ZkResult.Ok })
            claimedZxids.Add(zxid);
        request.Answer();
        if (isLast)
            claimedZxids.Clear();
    }

    private void HandleEvent(ServerConnection from, ref JuteReader reader)
    {
        var (type, _, path) = (reader.Int32(), reader.Int32(), reader.String());
        if (reader.IsBroken)
            from.End("the server sent what is no event");
        else if (Enum.IsDefined((ZkEventKind)type) && chroot.FromServer(path) is { } own
            && new ZkEvent((ZkEventKind)type, own) is var zkEvent && watches.Take(zkEvent))
            tellWatch(zkEvent);
    }

    private void RefuseAuth(ServerConnection from)
    {
        options.Log.Error("zookeeper", $"server={from.Server} does not take what the session authenticates itself with");
        tellSession(new ZkSessionEvent(ZkSessionEventKind.AuthFailed, session.Id));
        from.End("not authenticated");
    }

    /// <summary>The session is over, and the next attempt asks for a new one.</summary>
    private void Expire()
    {
        options.Log.Warn("zookeeper", $"session=0x{session.Id:x} expired");
        var expired = session.Id;
        ForgetSession();
        tellSession(new ZkSessionEvent(ZkSessionEventKind.Expired, expired));
        foreach (var request in line.TakeAll())
            request.Refuse(ZkResult.SessionExpired);
    }

    private void ForgetSession()
    {
        // As Kafka does, the next session begins anew: an ensemble that was set up again has come less far.
        (session, lastZxid) = (SessionIdentity.None, 0);
        watches.Clear();
        claimedZxids.Clear();
    }

    /// <summary>Behind <see cref="Close"/>, when no connection is left: nothing more is answered.</summary>
    private void End()
    {
        if (hasEnded)
            return;
        hasEnded = true;
        ForgetSession();
        foreach (var request in line.TakeAll())
            request.Refuse(ZkResult.SessionExpired);
    }

    private void CheckChroot(string node, ZkResult made)
    {
        if (made is not (ZkResult.Ok or ZkResult.NodeExists or ZkResult.SessionExpired))
            options.Log.Error("zookeeper", $"chroot={node} not made: {made}");
    }

    private static byte[] Frame(int xid, int opCode)
    {
        var writer = new JuteWriter();
        writer.Int32(xid);
        writer.Int32(opCode);
        return writer.ToFrame();
    }

    private static byte[] AuthFrame(ZooKeeperAuth auth)
    {
        var writer = new JuteWriter();
        writer.Int32(SpecialXid.Auth);
        writer.Int32(OpCode.Auth);
        writer.Int32(0);
        writer.String(auth.Scheme);
        writer.Bytes(auth.Credentials);
        return writer.ToFrame();
    }
}
