using System.Net;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Simulation.World.Ensembles;

/// <summary>One server of a simulated ensemble, on its port.</summary>
public sealed class SimZooKeeper
{
    private static readonly TimeSpan TimeoutMin = TimeSpan.FromSeconds(1), TimeoutMax = TimeSpan.FromSeconds(60);

    private readonly SimEnsemble ensemble;
    private readonly SimWorld world;
    private readonly EnsembleRequests requests;
    private readonly List<FramedConnection> connections = [];
    private readonly HashSet<FramedConnection> unheard = [];
    private INetworkListener? listener;

    internal SimZooKeeper(SimEnsemble ensemble, SimWorld world, IPEndPoint endPoint)
    {
        (this.ensemble, this.world, EndPoint) = (ensemble, world, endPoint);
        requests = new EnsembleRequests(ensemble);
        Start();
    }

    public IPEndPoint EndPoint { get; }

    public int Port => EndPoint.Port;

    public bool IsStarted => listener is not null;

    /// <summary>Takes connections and what comes on them, and answers nothing.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Has lost its ensemble and serves sessions that only read.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>How many transactions the server is behind the ensemble.</summary>
    public long ZxidsBehind { get; set; }

    /// <summary>Handshakes that gave a session, a new one or one that has come here.</summary>
    public int SessionsTaken { get; private set; }

    /// <summary>Handshakes that were refused because the client has seen what this server has not.</summary>
    public int SessionsRefused { get; private set; }

    public int ConnectionCount => connections.Count(connection => connection.EndReason is null);

    public void Start()
    {
        listener = world.Network.Listen(EndPoint, 10);
        _ = ensemble.Loop.Start(AcceptAll);
    }

    /// <summary>As when the process is killed: the sessions go on, at the other servers or behind the next start.</summary>
    public void Stop() => ensemble.OnLoop(() =>
    {
        listener?.Dispose();
        listener = null;
        foreach (var connection in connections.ToList())
            connection.End("the server has stopped");
    });

    private async Task AcceptAll()
    {
        var accepting = listener!;
        while (await accepting.Accept(default) is { } accepted)
            _ = Serve(new FramedConnection(accepted, ensemble.Loop, $"client {accepted.RemoteEndPoint.Port}", ensemble.FrameMaxBytes));
    }

    private async Task Serve(FramedConnection connection)
    {
        using var _ = connection;
        connections.Add(connection);
        EnsembleSessionState? session = null;
        try
        {
            var isTaken = await connection.ReadFrame() is { } greeting && Greet(connection, greeting, out session);
            while (isTaken && await connection.ReadFrame() is { } frame)
                Answer(connection, session, frame);
        }
        catch (Exception exception)
        {
            world.Errors.Add(exception);
        }
        connections.Remove(connection);
        unheard.Remove(connection);
        if (session?.Connection == connection)
        {
            session.Connection = null;
            session.Watches = new();
        }
    }

    /// <summary>
    /// False closes the connection without a word. A client whose session is over is told so, and ends the connection itself.
    /// </summary>
    private bool Greet(FramedConnection connection, ReadOnlySpan<byte> greeting, out EnsembleSessionState? session)
    {
        session = null;
        var reader = new JuteReader(greeting);
        reader.Int32();
        var (seenZxid, timeoutMs, id, password) = (reader.Int64(), reader.Int32(), reader.Int64(), reader.Bytes());
        var canBeReadOnly = reader.Boolean();
        Assert.False(reader.IsBroken, "a handshake is cut off");
        if (IsSilent)
            return true;
        if (seenZxid > ensemble.LastZxid - ZxidsBehind || (IsReadOnly && !canBeReadOnly))
        {
            SessionsRefused++;
            return false;
        }
        var timeout = TimeSpan.FromMilliseconds(Math.Clamp(timeoutMs, TimeoutMin.TotalMilliseconds, TimeoutMax.TotalMilliseconds));
        session = id == 0 ? ensemble.OpenSession(timeout) : ensemble.FindSession(id);
        if (session is not null && id != 0 && !session.Password.AsSpan().SequenceEqual(password))
            session = null;
        if (session is not null)
        {
            SessionsTaken++;
            session.Connection?.End("the session has moved");
            (session.Connection, session.Watches, session.HeardAt) = (connection, new(), world.Time.GetUtcNow());
            session.HasAuthenticated = false;
        }
        connection.Send(EnsembleAnswers.Session(session, IsReadOnly));
        return true;
    }

    private void Answer(FramedConnection connection, EnsembleSessionState? session, ReadOnlySpan<byte> frame)
    {
        if (IsSilent)
            unheard.Add(connection);
        // What is not heard cannot be made up for: a server does nothing out of order.
        if (unheard.Contains(connection) || session?.Connection != connection)
            return;
        session.HeardAt = world.Time.GetUtcNow();
        var isRequest = new JuteReader(frame).Int32() >= 0;
        var fault = isRequest ? ensemble.Fault() : EnsembleFault.None;
        if (fault == EnsembleFault.CutBefore)
        {
            connection.End("cut");
            return;
        }
        var answer = requests.Do(session, frame);
        if (fault == EnsembleFault.CutBehind)
            connection.End("cut");
        else if (fault == EnsembleFault.Garbage)
            connection.Send([0, 0, 0, 3, 1, 2, 3]);
        else if (fault != EnsembleFault.SwallowAnswer)
            connection.Send(answer);
    }
}
