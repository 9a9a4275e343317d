namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// The session with an ensemble. It connects to one server after the other and serves the requests of its <see cref="Exchange"/> on the
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
    private readonly Connector connector;
    private readonly Chroot chroot;
    private readonly Exchange exchange;
    private readonly CancellationTokenSource closing = new();
    private SessionIdentity session = SessionIdentity.None;
    private FramedConnection? connection;
    private volatile SessionLife life = SessionLife.None;
    private bool hasEnded;

    /// <param name="tellSession">Takes what happens to the session, in order with <paramref name="tellWatch"/> and with answers.</param>
    public EnsembleSession(
        ZooKeeperClientOptions options, ILoop loop, Action<ZkSessionEvent> tellSession, Action<ZkEvent> tellWatch)
    {
        (this.options, this.loop, this.tellSession) = (options, loop, tellSession);
        connector = new Connector(options, loop);
        chroot = new Chroot(options.Connect.Chroot);
        exchange = new Exchange(options, chroot, tellWatch);
    }

    /// <summary>Whether a server is connected.</summary>
    public bool IsConnected => connection is not null;

    /// <summary>How long the session lives for certain; may be read on any thread.</summary>
    public SessionLife Life => life;

    /// <summary>Connects, and stays connected until <see cref="Close"/>. The nodes of the chroot are made first of all.</summary>
    public void Start()
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var node in chroot.Nodes)
            MakeChroot(node);
        loop.Run(StayConnected);
    }

    /// <param name="onlyIn">The id of the session in which it may be done; 0 for any.</param>
    public void Add(Request request, long onlyIn = 0)
    {
        Invariant.Holds(loop.IsCurrent);
        if (closing.IsCancellationRequested || (onlyIn != 0 && onlyIn != session.Id))
        {
            request.Refuse(ZkResult.SessionExpired);
            return;
        }
        exchange.Add(request);
        SendWhatMayBe();
    }

    /// <summary>
    /// Ends the session, for good. What is under way is still answered, what waits is not done. Without a connection, or when the server
    /// does not answer, the ensemble ends the session when its time is over.
    /// </summary>
    /// <param name="closed">Called when it has ended; of a session that is being closed already, only the first one's.</param>
    public void Close(Action closed)
    {
        Invariant.Holds(loop.IsCurrent);
        if (closing.IsCancellationRequested)
            return;
        exchange.RefuseWaiting();
        var giveUp = loop.Schedule(CloseMax, () => connection?.End("the close is not answered"));
        exchange.Add(new CloseRequest(() =>
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
                if (await connector.TryNext(session, exchange.LastZxid, closing.Token) is { } opened)
                    await Serve(opened.Connection, opened.Granted, opened.AskedAt);
            }
            catch (Exception exception)
            {
                // The root of a connection: a bug ends that one.
                options.Log.Error("zookeeper", "connection failed", exception);
            }
        }
        End();
    }

    private async Task Serve(FramedConnection opened, SessionIdentity granted, long askedAt)
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
        Prolong(askedAt);
        using var keepAlive = new KeepAlive(
            loop, options.Loops.Time, granted.Timeout, ping: () => opened.Send(Frame(SpecialXid.Ping, OpCode.Ping)),
            giveUp: () => opened.End("the server is silent"));
        try
        {
            Begin(opened);
            while (await opened.ReadFrame() is { } frame)
            {
                keepAlive.Heard();
                Handle(opened, frame, keepAlive);
            }
        }
        finally
        {
            connection = null;
            NoteEnd(opened);
        }
    }

    private void Begin(FramedConnection opened)
    {
        options.Log.Info(
            "zookeeper", $"session=0x{session.Id:x} server={opened.Peer} timeoutMs={session.Timeout.TotalMilliseconds:F0} connected");
        tellSession(new ZkSessionEvent(ZkSessionEventKind.Connected, session.Id));
        if (options.Auth is { } auth)
            opened.Send(AuthFrame(auth));
        foreach (var frame in exchange.WatchFrames)
            opened.Send(frame);
        SendWhatMayBe();
    }

    private void NoteEnd(FramedConnection ended)
    {
        options.Log.Info("zookeeper", $"session=0x{session.Id:x} server={ended.Peer} connection ended: {ended.EndReason}");
        exchange.ConnectionEnded(ended);
        if (!closing.IsCancellationRequested && session != SessionIdentity.None)
            tellSession(new ZkSessionEvent(ZkSessionEventKind.Disconnected, session.Id));
    }

    private void SendWhatMayBe()
    {
        if (connection is { } open)
            exchange.SendOn(open);
    }

    private void Handle(FramedConnection from, ReadOnlySpan<byte> frame, KeepAlive keepAlive)
    {
        switch (exchange.Take(frame, session.Id))
        {
            case FrameOutcome.Taken:
                SendWhatMayBe();
                break;
            case FrameOutcome.PingAnswered:
                if (keepAlive.Answered() is { } sentAt)
                    Prolong(sentAt);
                break;
            case FrameOutcome.Broken:
                from.End("the server sent what it must not send then");
                break;
            case FrameOutcome.SessionMoved:
                from.End("another server has the session");
                break;
            case FrameOutcome.SessionExpired:
                from.End("the session has expired");
                Expire();
                break;
            case FrameOutcome.NotAuthenticated:
                options.Log.Error("zookeeper", $"server={from.Peer} does not take what the session authenticates itself with");
                tellSession(new ZkSessionEvent(ZkSessionEventKind.AuthFailed, session.Id));
                from.End("not authenticated");
                break;
        }
    }

    /// <summary>A server has answered what was sent then, so the ensemble ends the session no earlier than its timeout later.</summary>
    private void Prolong(long sentAt)
        => life = new SessionLife(
            session.Id, sentAt + (long)(session.Timeout.TotalSeconds * options.Loops.Time.TimestampFrequency));

    /// <summary>The session is over, and the next attempt asks for a new one.</summary>
    private void Expire()
    {
        options.Log.Warn("zookeeper", $"session=0x{session.Id:x} expired");
        var expired = session.Id;
        session = SessionIdentity.None;
        life = SessionLife.None;
        exchange.ForgetSession();
        tellSession(new ZkSessionEvent(ZkSessionEventKind.Expired, expired));
        exchange.RefuseAll();
    }

    /// <summary>Behind <see cref="Close"/>, when no connection is left: nothing more is answered.</summary>
    private void End()
    {
        if (hasEnded)
            return;
        hasEnded = true;
        exchange.RefuseAll();
    }

    private void MakeChroot(string node)
        => Add(new WriteRequest([new ZkOp.Create(node, null)], Chroot.None, options.AccessOf, made =>
        {
            if (made.Result == ZkResult.SessionExpired && !closing.IsCancellationRequested)
                MakeChroot(node);
            else if (made.Result is not (ZkResult.Ok or ZkResult.NodeExists or ZkResult.SessionExpired))
                options.Log.Error("zookeeper", $"chroot={node} not made: {made.Result}");
        }));

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
