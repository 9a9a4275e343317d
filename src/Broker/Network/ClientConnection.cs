using System.Net;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>What all connections of a broker share.</summary>
internal sealed record ConnectionServices(
    RequestPipeline Pipeline, RequestMemory Memory, LargeRequestTurns Turns, FileBudget Files, NetworkOptions Options, ILoops Loops,
    ILog Log);

/// <summary>
/// One client's connection: requests in, answers out, both in order. All of it runs on the connection's own loop, on whichever thread has
/// something for it: received bytes, a handler's answer, a finished send. Reading pauses while the next request may not begin, answers are
/// not taken or memory is short. It ends in order, so that the peer gets all answers; only one that does not take them is cut off. Once
/// closed, it waits for its last read, send and handler, then tells its owner that it is gone.
/// </summary>
internal sealed class ClientConnection : ILoopWork, IMemoryWaiter
{
    private const string Source = "connection";

    private readonly INetworkConnection connection;
    private readonly NetworkOptions options;
    private readonly Action<ClientConnection> onGone;
    private readonly ILog log;
    private readonly ILoop loop;
    private readonly ConnectionFacts facts;
    private readonly FrameReader frames;
    private readonly RequestQueue requests;
    private readonly AnswerSender sender;
    private readonly ConnectionActivity activity;
    private readonly CancellationTokenSource closedSource = new();
    private readonly LoopCall memoryReturned;
    /// <summary>A request that has come and may not begin yet.</summary>
    private Frame? next;
    private long takenBytes;
    private bool isDraining;
    private bool isClosed;
    private bool isGone;

    /// <param name="connection">The accepted connection, which this owns.</param>
    /// <param name="listener">Where it was accepted.</param>
    /// <param name="use">Who uses that listener.</param>
    /// <param name="services">What all connections share.</param>
    /// <param name="onGone">Called once, on the connection's loop, when it holds nothing any more.</param>
    public ClientConnection(
        INetworkConnection connection, Listener listener, ListenerUse use, ConnectionServices services, Action<ClientConnection> onGone)
    {
        (this.connection, this.onGone) = (connection, onGone);
        (options, log) = (services.Options, services.Log);
        Listener = listener;
        loop = services.Loops.Create("connection");
        facts = new ConnectionFacts(listener.Name, use != ListenerUse.Clients, connection.RemoteEndPoint, closedSource.Token);
        Held = new HeldMemory(services.Memory, this, use == ListenerUse.Brokers, services.Loops.Time);
        frames = new FrameReader(connection, Held, options.SocketRequestMaxBytes, loop, this);
        requests = new RequestQueue(services.Pipeline, services.Turns, facts, Held, loop, Advance);
        sender = new AnswerSender(connection, requests, services.Turns, loop, this);
        activity = new ConnectionActivity(options.ConnectionsMaxIdleMs, services.Loops.Time);
        memoryReturned = new LoopCall(loop, TryAgainForMemory);
        IdleCheck = new LoopCall(loop, CloseWhenIdle);
        Drain = new LoopCall(loop, BeginDrain);
        Cut = new LoopCall(loop, CutOff);
    }

    public Listener Listener { get; }

    public IPEndPoint RemoteEndPoint => facts.RemoteEndPoint;

    /// <inheritdoc cref="ConnectionActivity.LastUsedTimestamp"/>
    public long LastUsedTimestamp => activity.LastUsedTimestamp;

    /// <summary>What the peer makes this broker hold.</summary>
    public HeldMemory Held { get; }

    /// <summary>Closes the connection when no byte has come or gone for too long. Called now and then.</summary>
    public LoopCall IdleCheck { get; }

    /// <summary>Reads no more, and closes when the requests in flight are answered.</summary>
    public LoopCall Drain { get; }

    /// <summary>Closes at once; what was not taken is lost.</summary>
    public LoopCall Cut { get; }

    public void Start() => loop.RunOrPost(this);

    void ILoopWork.Run() => Advance();

    void IMemoryWaiter.MemoryReturned() => memoryReturned.Post();

    /// <summary>Does whatever can be done now. Safe to call at any time on the loop, so every event ends here.</summary>
    private void Advance()
    {
        Invariant.Holds(loop.IsCurrent);
        try
        {
            if (sender.TryFinish())
                OnAnswersTaken();
            ReceiveAndSend();
            frames.ChargeInput(isBlocked: !MayNextBegin);
            Held.Publish();
        }
        catch (MalformedRequest malformed)
        {
            log.Warn(Source, $"connection closed: listener={facts.Listener} remote={facts.RemoteEndPoint} reason={malformed.Message}");
            BeginDrain();
        }
        catch (IOException exception)
        {
            if (log.IsEnabled(LogLevel.Debug))
                log.Debug(
                    Source,
                    $"connection closed: listener={facts.Listener} remote={facts.RemoteEndPoint} reason={Printable.Of(exception.Message)}");
            CutOff();
        }
        catch
        {
            CutOff();
            throw;
        }
        finally
        {
            if (isClosed)
                LeaveWhenQuiet();
        }
    }

    private void TryAgainForMemory()
    {
        try
        {
            Advance();
        }
        finally
        {
            Held.CallNext();
        }
    }

    private void ReceiveAndSend()
    {
        while (!isClosed)
        {
            var haveAllBegun = BeginReceived();
            // What is ready is sent before the next bytes are asked for: asking costs a call that usually finds nothing yet.
            SendReady();
            if (isClosed || isDraining)
                break;
            if (!haveAllBegun)
            {
                // Answers that are sent may have made room.
                if (MayNextBegin)
                    continue;
                WatchForEnd();
                break;
            }
            if (!frames.TryReceive())
                break;
            activity.OnActivity();
            if (frames.IsEnded)
                BeginEnd();
        }
    }

    /// <summary>Whether the next request may begin now; of one that has not come yet, whether any may.</summary>
    private bool MayNextBegin
        => !isDraining && !sender.IsSending && requests.Count < options.InFlightMaxRequests
            && (next is { } frame ? requests.MayBegin(frame) : requests.MayAnyBegin);

    /// <summary>Begins the requests that have come whole; false when one, come or not, has to wait for those before it.</summary>
    private bool BeginReceived()
    {
        while (MayNextBegin)
        {
            if (next is not { } frame)
            {
                if (!frames.TryTake(out frame))
                    return true;
                Held.OnProgress();
                next = frame;
                continue;
            }
            if (!requests.TryTakeTurn(frame))
                return false;
            next = null;
            Held.HandOver(frame);
            requests.Start(frame);
        }
        return false;
    }

    /// <summary>Sends the answers at the head of the queue that are ready, until none is or the socket is full.</summary>
    private void SendReady()
    {
        while (!sender.IsSending && !isClosed && requests.OldestOutcome is { } outcome)
        {
            switch (outcome)
            {
                case RequestOutcome.Answer:
                    if (sender.Send())
                        OnAnswersTaken();
                    break;
                case RequestOutcome.Nothing:
                    requests.Recycle(requests.Take());
                    break;
                case RequestOutcome.Close:
                    Close();
                    break;
            }
        }
        if (isDraining && !sender.IsSending && requests.Count == 0)
            Close();
    }

    private void OnAnswersTaken()
    {
        activity.OnActivity();
        Held.OnProgress();
    }

    /// <summary>A peer that goes while its request is at work is noticed, unless it has sent more.</summary>
    private void WatchForEnd()
    {
        if (next is not null)
            return;
        frames.WatchForEnd();
        if (frames.IsEnded)
            BeginEnd();
    }

    /// <summary>The peer sends no more: what waits on its behalf gives up, and what is done is answered still.</summary>
    private void BeginEnd()
    {
        isDraining = true;
        closedSource.Cancel();
        SendReady();
    }

    private void BeginDrain()
    {
        isDraining = true;
        Advance();
    }

    /// <summary>Closes in order: what was sent arrives. There is no end to wait for with a peer that does not take it.</summary>
    private void Close()
    {
        if (sender.IsSending)
            CutOff();
        else
            Close(connection.Shutdown);
    }

    private void CutOff() => Close(connection.Abort);

    private void Close(Action end)
    {
        Invariant.Holds(loop.IsCurrent);
        if (isClosed)
            return;
        isClosed = true;
        end();
        closedSource.Cancel();
        requests.Abandon();
        LeaveWhenQuiet();
    }

    private void LeaveWhenQuiet()
    {
        frames.TryFinish();
        if (isGone || frames.IsPending || sender.IsSending || requests.IsHandling)
            return;
        isGone = true;
        frames.Close();
        if (next is { } frame)
            Held.Return(frame);
        Held.Publish();
        Held.Leave();
        connection.Dispose();
        onGone(this);
    }

    private void CloseWhenIdle()
    {
        Invariant.Holds(loop.IsCurrent);
        if (isClosed)
            return;
        if (sender.IsSending && connection.TakenBytes is var taken && taken != takenBytes)
        {
            takenBytes = taken;
            activity.OnActivity();
        }
        if (!activity.IsIdle(isBusy: (requests.IsHandling || requests.IsWaitingForTurn) && !sender.IsSending))
            return;
        log.Debug(Source, $"connection closed: listener={facts.Listener} remote={facts.RemoteEndPoint} reason=idle");
        Close();
    }
}
