namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>What a frame means for the connection that it came on.</summary>
internal enum FrameOutcome
{
    Taken,
    PingAnswered,
    /// <summary>It is nothing that a server in order sends then.</summary>
    Broken,
    SessionMoved,
    SessionExpired,
    NotAuthenticated,
}

/// <summary>
/// The requests and answers of one session, over all its connections: what is under way and what waits, what a lost write is known by, the
/// watches, and how far the session has seen the ensemble come. Touched only on the session's loop.
/// </summary>
/// <param name="tellWatch">Takes the event of a watch, in order with answers.</param>
internal sealed class Exchange(ZooKeeperClientOptions options, Chroot chroot, Action<ZkEvent> tellWatch)
{
    private readonly RequestLine line = new(options.MaxInFlightRequests, options.WaitingMaxBytes);
    private readonly ArmedWatches watches = new();
    private readonly HashSet<long> claimedZxids = [];

    /// <summary>The last transaction that an answer was given behind.</summary>
    public long LastZxid { get; private set; }

    /// <summary>The frames that set the session's watches again on a new connection.</summary>
    public IEnumerable<byte[]> WatchFrames => watches.Frames(LastZxid, chroot);

    /// <summary>Takes a request into the line, or refuses it.</summary>
    public void Add(Request request)
    {
        if (request.WaitingBytes > options.FrameMaxBytes)
            request.Refuse(ZkResult.BadArguments);
        else if (!line.TryAdd(request))
            request.Refuse(ZkResult.ConnectionLoss);
    }

    /// <summary>Sends what may be under way now.</summary>
    public void SendOn(FramedConnection connection)
    {
        while (connection.EndReason is null && line.Next(LastZxid) is { } request)
            connection.Send(request.Write().ToFrame());
    }

    /// <summary>Takes a frame; answers who asked, or tells the watcher.</summary>
    public FrameOutcome Take(ReadOnlySpan<byte> frame, long sessionId)
    {
        var reader = new JuteReader(frame);
        var (xid, zxid, result) = (reader.Int32(), reader.Int64(), (ZkResult)reader.Int32());
        if (reader.IsBroken)
            return FrameOutcome.Broken;
        if (result is ZkResult.AuthFailed or ConnectionCode.AuthenticationRequired)
            return FrameOutcome.NotAuthenticated;
        return xid switch
        {
            SpecialXid.Notification => TakeEvent(ref reader),
            SpecialXid.Ping => FrameOutcome.PingAnswered,
            SpecialXid.Auth => FrameOutcome.Taken,
            SpecialXid.SetWatches => result == ZkResult.Ok ? FrameOutcome.Taken : FrameOutcome.Broken,
            _ => TakeAnswer(xid, zxid, result, sessionId, ref reader),
        };
    }

    /// <summary>
    /// What was under way is lost and goes first on the next connection, but for a request that no connection outlives.
    /// </summary>
    public void ConnectionEnded(FramedConnection ended)
    {
        var alone = line.ConnectionEnded();
        if (alone is null || alone.ConnectionsEnded < Limits.ConnectionsEndedByARequest
            || (alone.WaitingBytes <= Limits.ZooKeeperDefaultFrameBytes && !ended.HasMetTooLargeFrame))
            return;
        options.Log.Warn("zookeeper", $"a request of about {alone.WaitingBytes} bytes is given up: each connection it is sent on ends");
        line.GiveUp(alone);
        alone.Refuse(ZkResult.ConnectionLoss);
    }

    /// <summary>Answers what waits that the session is over; what is under way stays.</summary>
    public void RefuseWaiting() => Refuse(line.TakeWaiting());

    /// <summary>Answers everything that the session is over.</summary>
    public void RefuseAll() => Refuse(line.TakeAll());

    /// <summary>
    /// Forgets what belongs to one session alone. As with Kafka, the next one begins anew: an ensemble that was set up again has come less
    /// far.
    /// </summary>
    public void ForgetSession()
    {
        LastZxid = 0;
        watches.Clear();
        claimedZxids.Clear();
    }

    private FrameOutcome TakeAnswer(int xid, long zxid, ZkResult result, long sessionId, ref JuteReader reader)
    {
        if (result == ZkResult.SessionExpired)
            return FrameOutcome.SessionExpired;
        if (result == ConnectionCode.SessionMoved)
            return FrameOutcome.SessionMoved;
        if (line.Awaiting(xid) is not { } request || !request.TryRead(result, ref reader))
            return FrameOutcome.Broken;
        line.Answered();
        LastZxid = Math.Max(LastZxid, zxid);
        if (request is ReadRequest { ArmedWatch: { } watch })
            watches.Arm(watch.Kind, watch.Path);
        if (request is WriteRequest { WasLost: true } write && LostWrite.Of(write.Asked, write.Taken) is { } lost)
            line.PutFirst(new ReadBack(write, lost, sessionId, claimedZxids).Reads);
        else
            Answer(request, zxid);
        return FrameOutcome.Taken;
    }

    /// <summary>One transaction is the answer to one request, so those of answered writes are kept until nothing lost is left.</summary>
    private void Answer(Request request, long zxid)
    {
        var isLast = !request.WasLost && !line.HasLost;
        if (!isLast && request is WriteRequest { Taken.Result: ZkResult.Ok })
            claimedZxids.Add(zxid);
        request.Answer();
        if (isLast)
            claimedZxids.Clear();
    }

    private FrameOutcome TakeEvent(ref JuteReader reader)
    {
        var (type, _, path) = (reader.Int32(), reader.Int32(), reader.String());
        if (reader.IsBroken)
            return FrameOutcome.Broken;
        if (Enum.IsDefined((ZkEventKind)type) && chroot.FromServer(path) is { } own
            && new ZkEvent((ZkEventKind)type, own) is var zkEvent && watches.Take(zkEvent))
            tellWatch(zkEvent);
        return FrameOutcome.Taken;
    }

    private static void Refuse(IReadOnlyList<Request> requests)
    {
        foreach (var request in requests)
            request.Refuse(ZkResult.SessionExpired);
    }
}
