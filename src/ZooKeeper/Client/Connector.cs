namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// Opens connections to the servers of an ensemble, one after the other from an order that chance has chosen, so that the clients of an
/// ensemble spread over it. Names are looked up at each attempt. All servers are tried at once, and then each at most once a second.
/// Touched only on the session's loop; one attempt at a time.
/// </summary>
internal sealed class Connector
{
    private static readonly TimeSpan RoundMin = TimeSpan.FromSeconds(1), MovingTimeoutMin = TimeSpan.FromSeconds(1);

    private const int AttemptsPerServer = 3;

    private readonly ZooKeeperClientOptions options;
    private readonly ILoop loop;
    private readonly ZooKeeperServer[] servers;
    private readonly Queue<long> attempts = [];
    private int next;

    public Connector(ZooKeeperClientOptions options, ILoop loop)
    {
        (this.options, this.loop) = (options, loop);
        servers = [.. options.Connect.Servers];
        options.Random.Shuffle(servers);
    }

    /// <summary>
    /// Tries the next server: the connection, the session as the server grants it, which is <see cref="SessionIdentity.None"/> where the
    /// one that is given has expired, and when it was asked for. Null when there is no connection, or the token says that none is wanted
    /// any more.
    /// </summary>
    public async Task<(FramedConnection Connection, SessionIdentity Granted, long AskedAt)?> TryNext(
        SessionIdentity session, long lastZxid, CancellationToken closing)
    {
        await WaitForTurn(closing);
        if (closing.IsCancellationRequested)
            return null;
        var server = servers[next];
        next = (next + 1) % servers.Length;
        var timeout = TimeoutOf(session);
        using var given = CancellationTokenSource.CreateLinkedTokenSource(closing);
        using var timer = loop.Schedule(timeout, given.Cancel);
        FramedConnection? connection = null;
        try
        {
            var connected = await options.Network.Connect(server.Host, server.Port, timeout, options.Random, given.Token);
            connection = new FramedConnection(connected, loop, $"{server}", options.FrameMaxBytes);
            using var late = given.Token.Register(() => connection.End($"no session within {timeout.TotalMilliseconds:F0} ms"));
            var askedAt = options.Loops.Time.GetTimestamp();
            return (connection, await Greet(connection, session, lastZxid), askedAt);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            connection?.Dispose();
            if (!closing.IsCancellationRequested)
                options.Log.Warn("zookeeper", $"server={server} not connected: {exception.Message}");
            return null;
        }
    }

    /// <summary>
    /// No server gets more than its share of a session's time. One that is to go on is tried several times at each, because a server that
    /// has just been started may take a connection and forget it; a new one waits longer, because the ensemble has to agree on it.
    /// </summary>
    private TimeSpan TimeoutOf(SessionIdentity session)
    {
        if (session == SessionIdentity.None)
            return options.SessionTimeout / servers.Length;
        var share = session.Timeout / servers.Length / AttemptsPerServer;
        return share > MovingTimeoutMin ? share : MovingTimeoutMin;
    }

    private async Task<SessionIdentity> Greet(FramedConnection connection, SessionIdentity session, long lastZxid)
    {
        connection.Send(Handshake.Request(session, lastZxid, options.SessionTimeout));
        // A server that has not seen what the session has, or only reads, closes the connection without a word.
        if (await connection.ReadFrame() is not { } frame)
            throw new NetworkError(NetworkErrorKind.Other, $"the session is not taken: {connection.EndReason}");
        if (Handshake.ReadAnswer(frame, out var isReadOnly) is not { } granted)
            throw new NetworkError(NetworkErrorKind.Other, "what answers is no ZooKeeper");
        return isReadOnly ? throw new NetworkError(NetworkErrorKind.Other, "the server has lost its ensemble and only reads") : granted;
    }

    private async Task WaitForTurn(CancellationToken closing)
    {
        if (attempts.Count == servers.Length && RoundMin - options.Loops.Time.GetElapsedTime(attempts.Dequeue()) is var left
            && left > TimeSpan.Zero)
            await loop.Pass(left, closing);
        attempts.Enqueue(options.Loops.Time.GetTimestamp());
    }
}
