using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// The requests of one connection that are begun and not answered, in the order received, and used objects for those to come. As in Kafka,
/// a request begins when those before it are done; those of an API that overlaps begin while others of it wait, which shows in nothing but
/// the time it takes. Whoever takes from the queue keeps the order. Touched only on the connection's loop.
/// </summary>
internal sealed class RequestQueue
{
    /// <summary>Answers that are ready go in one send up to this size; nothing begins behind so much that is not taken.</summary>
    public const int ReadyMaxBytes = 256 * 1024;

    private readonly RequestPipeline pipeline;
    private readonly LargeRequestTurns turns;
    private readonly LoopCall turnHasCome;
    private readonly ConnectionFacts facts;
    private readonly HeldMemory memory;
    private readonly ILoop loop;
    private readonly Action mayGoOn;
    private readonly Action<RequestInFlight> onRequestHandled;
    private readonly Func<ValueTask> takeTurn;
    /// <summary>Of a begun request for its turn; nothing else begins until it has had it.</summary>
    private readonly LoopWait turn = new();
    private readonly Queue<RequestInFlight> inFlight = new();
    private readonly Stack<RequestInFlight> spare = new();
    private RequestInFlight? newest;
    private int unfinished;
    private int unfinishedLettingNextBegin;
    private long readyBytes;
    private bool hasTurn;
    private bool isEnding;
    private bool isAbandoned;

    /// <param name="pipeline">Handles the requests.</param>
    /// <param name="turns">Those of large requests, over all connections.</param>
    /// <param name="facts">What all of them share.</param>
    /// <param name="memory">What the connection's peer holds.</param>
    /// <param name="loop">The connection's.</param>
    /// <param name="mayGoOn">Called when a handler is done that was not when <see cref="Start"/> returned, and when the turn has come that
    /// a request waits for.</param>
    public RequestQueue(
        RequestPipeline pipeline, LargeRequestTurns turns, ConnectionFacts facts, HeldMemory memory, ILoop loop, Action mayGoOn)
    {
        (this.pipeline, this.turns, this.facts, this.memory, this.loop) = (pipeline, turns, facts, memory, loop);
        this.mayGoOn = mayGoOn;
        turnHasCome = new LoopCall(loop, OnTurn);
        onRequestHandled = OnHandled;
        takeTurn = TakeTurn;
    }

    public int Count => inFlight.Count;

    /// <summary>Whether a handler is at work, be it on a request that has been abandoned.</summary>
    public bool IsHandling => unfinished > 0;

    /// <summary>Whether the next request is a large one whose turn has not come; none begins before it.</summary>
    public bool IsWaitingForTurn { get; private set; }

    /// <summary>What became of the oldest request; null while its handler is at work, and when there is none.</summary>
    public RequestOutcome? OldestOutcome => inFlight.TryPeek(out var oldest) ? oldest.Outcome : null;

    /// <summary>Whether a request may begin now, if only one that overlaps. None does behind one that closes the connection.</summary>
    public bool MayAnyBegin
        => unfinished == unfinishedLettingNextBegin && !IsWaitingForTurn && !isEnding && readyBytes < ReadyMaxBytes;

    public bool MayBegin(Frame frame) => MayAnyBegin && (unfinished == 0 || frame.Overlaps);

    /// <summary>Whether a received request that may begin is small, or has its turn; otherwise the turn is waited for.</summary>
    public bool TryTakeTurn(Frame frame)
    {
        if (hasTurn || !frame.NamesMuch())
            return true;
        hasTurn = turns.TryTake(turnHasCome);
        IsWaitingForTurn = !hasTurn;
        return hasTurn;
    }

    /// <summary>Starts the handler of a received request, whose turn it is. The turn ends when the handler waits or is done.</summary>
    public void Start(Frame frame)
    {
        var request = spare.TryPop(out var used) ? used : new RequestInFlight(loop, memory, onRequestHandled, turns, takeTurn);
        newest = request;
        inFlight.Enqueue(request);
        request.Start(frame, pipeline, facts);
        EndTurn();
        if (request.Outcome is not null)
        {
            NoteOutcome(request);
            return;
        }
        unfinished++;
        unfinishedLettingNextBegin += request.LetsNextBegin ? 1 : 0;
    }

    /// <summary>Takes the oldest request out, which is done. Whoever takes it gives it back to <see cref="Recycle"/>.</summary>
    public RequestInFlight Take()
    {
        var request = inFlight.Dequeue();
        readyBytes -= request.Answer.BufferBytes;
        return request;
    }

    public void Recycle(RequestInFlight request)
    {
        request.Release();
        spare.Push(request);
    }

    /// <summary>Answers no more: what is done is given back at once, the rest when its handler is done.</summary>
    public void Abandon()
    {
        isAbandoned = true;
        foreach (var request in inFlight)
        {
            if (request.Outcome is not null)
                Recycle(request);
        }
        inFlight.Clear();
    }

    private void OnHandled(RequestInFlight request)
    {
        unfinished--;
        unfinishedLettingNextBegin -= request.LetsNextBegin ? 1 : 0;
        if (isAbandoned)
            Recycle(request);
        else
            NoteOutcome(request);
        mayGoOn();
    }

    /// <summary>For the newest request, which has turned out to be large while it was decoded.</summary>
    private ValueTask TakeTurn()
    {
        hasTurn = hasTurn || turns.TryTake(turnHasCome);
        return hasTurn ? ValueTask.CompletedTask : turn.Begin();
    }

    /// <summary>A request that may not begin now after all keeps no turn: answers have to be sent first, or the peer is gone.</summary>
    private void OnTurn()
    {
        hasTurn = true;
        if (turn.IsPending)
            GoOn();
        IsWaitingForTurn = false;
        mayGoOn();
        EndTurn();
    }

    /// <summary>The newest request begins to be handled; it has been counted as one that lets nothing begin.</summary>
    private void GoOn()
    {
        turn.End();
        EndTurn();
        unfinishedLettingNextBegin += newest!.LetsNextBegin ? 1 : 0;
    }

    private void EndTurn()
    {
        if (!hasTurn)
            return;
        hasTurn = false;
        turns.End();
    }

    private void NoteOutcome(RequestInFlight request)
    {
        readyBytes += request.Answer.BufferBytes;
        isEnding |= request.Outcome is RequestOutcome.Close;
    }
}
