using System.Runtime.CompilerServices;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// One client's connection: requests in, answers out. Requests are started in the order received and overlap; answers leave in that order,
/// those that are ready together in one send. All of it runs on the connection's own loop, on whichever thread brings the news: bytes, a
/// handler's answer, a finished send. Reading pauses while too many requests are in flight or memory is short. Once closed, it waits for
/// its last read, send and handler, then is gone.
/// </summary>
internal sealed class ClientConnection : ILoopWork, IFrameMemoryWaiter
{
    private const string Source = "connection";
    /// <summary>Ready answers are gathered into one send up to this size.</summary>
    private const int SendGatherMaxBytes = 256 * 1024;

    private readonly INetworkConnection connection;
    private readonly SocketServer server;
    private readonly RequestPipeline pipeline;
    private readonly ConnectionFacts facts;
    private readonly NetworkOptions options;
    private readonly FrameMemory memory;
    private readonly TimeProvider time;
    private readonly ILog log;
    private readonly ILoop loop;
    private readonly FrameReader frames;
    private readonly CancellationTokenSource closedSource = new();

    private readonly Queue<RequestInFlight> inFlight = new();
    private readonly Stack<RequestInFlight> spare = new();
    private readonly List<RequestInFlight> sent = [];
    private readonly List<OutgoingPart> gathered = [];
    private ValueTaskAwaiter sending;
    private bool isSending;
    private volatile bool isSendSignalled;
    private Action? onSent;
    private long sendingBytes;

    private bool isDraining;
    private bool isClosed;
    private bool isGone;
    private int unfinishedHandlers;

    private bool isActive = true;
    private long activeTimestamp;
    private long frameBegunTimestamp;
    private long sendBegunTimestamp;

    public ClientConnection(
        INetworkConnection connection, SocketServer server, Listener listener, bool isInterBroker, RequestPipeline pipeline, ILoops loops,
        ILog log)
    {
        this.connection = connection;
        this.server = server;
        this.pipeline = pipeline;
        this.log = log;
        Listener = listener;
        options = server.Options;
        memory = server.Memory;
        time = loops.Time;
        activeTimestamp = time.GetTimestamp();
        loop = loops.Create("connection");
        facts = new ConnectionFacts(listener.Name, isInterBroker, connection.RemoteEndPoint, closedSource.Token);
        frames = new FrameReader(connection, memory, this, options.SocketRequestMaxBytes, () => loop.RunOrPost(this));
        DeadlineCheck = new LoopCall(loop, CheckDeadlines);
        Drain = new LoopCall(loop, BeginDrain);
        Cut = new LoopCall(loop, Close);
    }

    public Listener Listener { get; }

    public System.Net.IPEndPoint RemoteEndPoint => facts.RemoteEndPoint;

    /// <summary>When something last went either way, not finer than the checks of deadlines. May be read on any loop.</summary>
    public long LastUsedTimestamp => Volatile.Read(ref activeTimestamp);

    /// <summary>Closes the connection when the peer or the network has kept it waiting too long. Called now and then.</summary>
    public LoopCall DeadlineCheck { get; }

    /// <summary>Reads no more, and closes when the requests in flight are answered.</summary>
    public LoopCall Drain { get; }

    /// <summary>Closes at once.</summary>
    public LoopCall Cut { get; }

    public void Start() => loop.RunOrPost(this);

    void ILoopWork.Run() => Advance();

    void IFrameMemoryWaiter.MemoryReturned() => loop.Post(this);

    /// <summary>A request that did not finish inside its start has finished.</summary>
    public void OnHandled(RequestInFlight request)
    {
        unfinishedHandlers--;
        // A closed connection no longer keeps its requests in order.
        if (isClosed)
            Recycle(request);
        Advance();
    }

    /// <summary>Does whatever can be done now. Safe to call at any time on the loop, so every event ends here.</summary>
    private void Advance()
    {
        try
        {
            TakeFinishedSend();
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
                isActive = true;
                if (frames.IsEnded)
                    Close();
            }
            NoteBegunFrame();
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

    private bool MayStart => !isDraining && inFlight.Count + sent.Count < options.InFlightMaxRequests;

    /// <summary>Starts the requests that have been received whole; false when the bound on requests in flight may have left some.</summary>
    private bool StartReceived()
    {
        while (MayStart)
        {
            if (!frames.TryTake(out var frame))
                return true;
            StartRequest(frame);
        }
        return false;
    }

    private void StartRequest(Frame frame)
    {
        frameBegunTimestamp = 0;
        var request = spare.TryPop(out var used) ? used : new RequestInFlight(this, loop);
        inFlight.Enqueue(request);
        request.Start(frame, pipeline, facts);
        if (request.Outcome is null)
            unfinishedHandlers++;
    }

    /// <summary>Sends the answers at the head of the queue that are ready, until none is or the socket is full.</summary>
    private void SendReady()
    {
        while (!isSending && !isClosed && inFlight.TryPeek(out var head) && head.Outcome is { } outcome)
        {
            switch (outcome)
            {
                case RequestOutcome.Answer:
                    Send(GatherReady());
                    break;
                case RequestOutcome.Nothing:
                    Recycle(inFlight.Dequeue());
                    break;
                case RequestOutcome.Close:
                    Close();
                    break;
            }
        }
        if (isDraining && !isSending && inFlight.Count == 0)
            Close();
    }

    private IReadOnlyList<OutgoingPart> GatherReady()
    {
        var first = inFlight.Dequeue();
        sent.Add(first);
        sendingBytes = first.Answer.Length;
        if (!IsAnswerNext())
            return first.Answer.Parts;
        Gather(first);
        while (sendingBytes < SendGatherMaxBytes && IsAnswerNext())
        {
            var next = inFlight.Dequeue();
            sent.Add(next);
            sendingBytes += next.Answer.Length;
            Gather(next);
        }
        return gathered;
    }

    private bool IsAnswerNext() => inFlight.TryPeek(out var next) && next.Outcome is RequestOutcome.Answer;

    private void Gather(RequestInFlight request)
    {
        var parts = request.Answer.Parts;
        for (var index = 0; index < parts.Count; index++)
            gathered.Add(parts[index]);
    }

    private void Send(IReadOnlyList<OutgoingPart> parts)
    {
        isSendSignalled = false;
        isSending = true;
        sending = connection.Send(parts, CancellationToken.None).GetAwaiter();
        if (sending.IsCompleted)
        {
            FinishSend();
            return;
        }
        sendBegunTimestamp = time.GetTimestamp();
        sending.UnsafeOnCompleted(onSent ??= () =>
        {
            isSendSignalled = true;
            loop.RunOrPost(this);
        });
    }

    private void TakeFinishedSend()
    {
        // As with reads, the operation is looked at only after its callback.
        if (isSending && isSendSignalled)
            FinishSend();
    }

    private void FinishSend()
    {
        isSending = false;
        isActive = true;
        gathered.Clear();
        foreach (var request in sent)
            Recycle(request);
        sent.Clear();
        sending.GetResult();
    }

    private void Recycle(RequestInFlight request)
    {
        request.Release(memory);
        spare.Push(request);
    }

    private void BeginDrain()
    {
        isDraining = true;
        Advance();
    }

    private void Close()
    {
        if (isClosed)
            return;
        isClosed = true;
        connection.Abort();
        closedSource.Cancel();
        foreach (var request in inFlight)
        {
            // The others come back to OnHandled.
            if (request.Outcome is not null)
                Recycle(request);
        }
        inFlight.Clear();
        LeaveWhenQuiet();
    }

    private void LeaveWhenQuiet()
    {
        if (frames.IsPending)
            frames.TryFinish();
        if (isGone || frames.IsPending || isSending || unfinishedHandlers > 0)
            return;
        isGone = true;
        frames.Close();
        connection.Dispose();
        server.Remove(this);
    }

    /// <summary>The time of a begun frame counts over all its pieces, yet not while we are the ones who do not read.</summary>
    private void NoteBegunFrame()
    {
        if (!frames.IsPending || !frames.IsInsideFrame)
            frameBegunTimestamp = 0;
        else if (frameBegunTimestamp == 0)
            frameBegunTimestamp = time.GetTimestamp();
    }

    private void CheckDeadlines()
    {
        if (isClosed)
            return;
        var now = time.GetTimestamp();
        if (frameBegunTimestamp != 0 && IsOverdue(frameBegunTimestamp, now, frames.ReceivedLength))
            CloseOverdue("a started request was not received in time");
        else if (isSending && IsOverdue(sendBegunTimestamp, now, sendingBytes))
            CloseOverdue("an answer was not read in time");
        else if (IsIdle(now))
            CloseOverdue("idle");
    }

    /// <summary>The slower peers get time in proportion to what is moved.</summary>
    private bool IsOverdue(long begunTimestamp, long now, long bytes)
        => time.GetElapsedTime(begunTimestamp, now).TotalMilliseconds
            > options.TransferTimeoutMs + bytes * 1000L / options.TransferMinBytesPerSecond;

    private bool IsIdle(long now)
    {
        if (isActive || inFlight.Count > 0 || isSending)
        {
            // The clock is read here and not with each request; being late by one check is fine.
            isActive = false;
            Volatile.Write(ref activeTimestamp, now);
            return false;
        }
        return options.ConnectionsMaxIdleMs >= 0
            && time.GetElapsedTime(activeTimestamp, now).TotalMilliseconds > options.ConnectionsMaxIdleMs;
    }

    private void CloseOverdue(string reason)
    {
        log.Debug(Source, $"connection closed: listener={facts.Listener} remote={facts.RemoteEndPoint} reason={reason}");
        Close();
    }
}
