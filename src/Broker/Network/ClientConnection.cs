using System.Net;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>What all connections of a broker share.</summary>
internal sealed record ConnectionServices(RequestPipeline Pipeline, FrameMemory Memory, NetworkOptions Options, ILoops Loops, ILog Log);

/// <summary>
/// One client's connection: requests in, answers out. Requests are started in the order received and overlap; answers leave in that order.
/// All of it runs on the connection's own loop, on whichever thread has something for it: received bytes, a handler's answer, a finished
/// send. Reading pauses while too many requests are in flight or memory is short. Once closed, it waits for its last read, send and
/// handler, then tells its owner that it is gone.
/// </summary>
internal sealed class ClientConnection : ILoopWork, IFrameMemoryWaiter
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
    private readonly ConnectionDeadlines deadlines;
    private readonly CancellationTokenSource closedSource = new();
    private bool isDraining;
    private bool isClosed;
    private bool isGone;

    /// <param name="connection">The accepted connection, which this owns.</param>
    /// <param name="listener">Where it was accepted.</param>
    /// <param name="isInterBroker">Whether that is the brokers' listener.</param>
    /// <param name="services">What all connections share.</param>
    /// <param name="onGone">Called once, on the connection's loop, when it holds nothing any more.</param>
    public ClientConnection(
        INetworkConnection connection, Listener listener, bool isInterBroker, ConnectionServices services, Action<ClientConnection> onGone)
    {
        (this.connection, this.onGone) = (connection, onGone);
        (options, log) = (services.Options, services.Log);
        Listener = listener;
        loop = services.Loops.Create("connection");
        facts = new ConnectionFacts(listener.Name, isInterBroker, connection.RemoteEndPoint, closedSource.Token);
        frames = new FrameReader(connection, services.Memory, this, options.SocketRequestMaxBytes, loop, this);
        requests = new RequestQueue(services.Pipeline, facts, services.Memory, loop, Advance);
        sender = new AnswerSender(connection, requests, loop, this);
        deadlines = new ConnectionDeadlines(options, services.Loops.Time);
        DeadlineCheck = new LoopCall(loop, CheckDeadlines);
        Drain = new LoopCall(loop, BeginDrain);
        Cut = new LoopCall(loop, Close);
    }

    public Listener Listener { get; }

    public IPEndPoint RemoteEndPoint => facts.RemoteEndPoint;

    /// <inheritdoc cref="ConnectionDeadlines.LastUsedTimestamp"/>
    public long LastUsedTimestamp => deadlines.LastUsedTimestamp;

    /// <summary>Closes the connection when the peer or the network has kept it waiting too long. Called now and then.</summary>
    public LoopCall DeadlineCheck { get; }

    /// <summary>Reads no more, and closes when the requests in flight are answered.</summary>
    public LoopCall Drain { get; }

    /// <summary>Closes at once.</summary>
    public LoopCall Cut { get; }

    public void Start() => loop.RunOrPost(this);

    void ILoopWork.Run() => Advance();

    void IFrameMemoryWaiter.MemoryReturned() => loop.Post(this);

    /// <summary>Does whatever can be done now. Safe to call at any time on the loop, so every event ends here.</summary>
    private void Advance()
    {
        Invariant.Holds(loop.IsCurrent);
        try
        {
            if (sender.TryFinish())
                deadlines.OnActivity();
            ReceiveAndSend();
            deadlines.OnFrameAwaited(frames.IsPending && frames.IsInsideFrame);
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
            Close();
        }
        catch
        {
            Close();
            throw;
        }
        finally
        {
            if (isClosed)
                LeaveWhenQuiet();
        }
    }

    private void ReceiveAndSend()
    {
        while (!isClosed)
        {
            var areAllStarted = StartReceived();
            // What is ready is sent before the next bytes are asked for: asking costs a call that usually finds nothing yet.
            SendReady();
            if (isClosed || !MayStart)
                break;
            if (!areAllStarted)
                continue;
            if (!frames.TryReceive())
                break;
            deadlines.OnActivity();
            if (frames.IsEnded)
                Close();
        }
    }

    private bool MayStart => !isDraining && requests.Count + sender.Count < options.InFlightMaxRequests;

    /// <summary>Starts the requests that have been received whole; false when the bound on requests in flight may have left some.</summary>
    private bool StartReceived()
    {
        while (MayStart)
        {
            if (!frames.TryTake(out var frame))
                return true;
            deadlines.OnFrameEnded();
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
                        deadlines.OnActivity();
                    else
                        deadlines.OnSendBegun();
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

    private void BeginDrain()
    {
        isDraining = true;
        Advance();
    }

    private void Close()
    {
        Invariant.Holds(loop.IsCurrent);
        if (isClosed)
            return;
        isClosed = true;
        connection.Abort();
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
        connection.Dispose();
        onGone(this);
    }

    private void CheckDeadlines()
    {
        Invariant.Holds(loop.IsCurrent);
        if (isClosed)
            return;
        var sendingBytes = sender.IsSending ? sender.SendingBytes : (long?)null;
        if (deadlines.Overdue(frames.ReceivedLength, sendingBytes, isBusy: requests.Count > 0) is not { } reason)
            return;
        log.Debug(Source, $"connection closed: listener={facts.Listener} remote={facts.RemoteEndPoint} reason={reason}");
        Close();
    }
}
