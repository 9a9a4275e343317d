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
    private readonly ConnectionFacts facts;
    private readonly HeldMemory memory;
    private readonly ILoop loop;
    private readonly Action onHandled;
    private readonly Action<RequestInFlight> onRequestHandled;
    private readonly Queue<RequestInFlight> inFlight = new();
    private readonly Stack<RequestInFlight> spare = new();
    private int unfinished;
    private int unfinishedLettingNextBegin;
    private long readyBytes;
    private bool isEnding;
    private bool isAbandoned;

    /// <param name="pipeline">Handles the requests.</param>
    /// <param name="facts">What all of them share.</param>
    /// <param name="memory">What the connection's peer holds.</param>
    /// <param name="loop">The connection's.</param>
    /// <param name="onHandled">Called when a handler is done that was not when <see cref="Start"/> returned.</param>
    public RequestQueue(RequestPipeline pipeline, ConnectionFacts facts, HeldMemory memory, ILoop loop, Action onHandled)
    {
        (this.pipeline, this.facts, this.memory, this.loop, this.onHandled) = (pipeline, facts, memory, loop, onHandled);
        onRequestHandled = OnHandled;
    }

    public int Count => inFlight.Count;

    /// <summary>Whether a handler is at work, be it on a request that has been abandoned.</summary>
    public bool IsHandling => unfinished > 0;

    /// <summary>What became of the oldest request; null while its handler is at work, and when there is none.</summary>
    public RequestOutcome? OldestOutcome => inFlight.TryPeek(out var oldest) ? oldest.Outcome : null;

    /// <summary>Whether a request may begin now, if only one that overlaps. None does behind one that closes the connection.</summary>
    public bool MayAnyBegin => unfinished == unfinishedLettingNextBegin && !isEnding && readyBytes < ReadyMaxBytes;

    public bool MayBegin(Frame frame) => MayAnyBegin && (unfinished == 0 || RequestInFlight.Overlaps(frame));

    /// <summary>Starts the handler of a received request.</summary>
    public void Start(Frame frame)
    {
        var request = spare.TryPop(out var used) ? used : new RequestInFlight(loop, memory, onRequestHandled);
        inFlight.Enqueue(request);
        request.Start(frame, pipeline, facts);
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
        onHandled();
    }

    private void NoteOutcome(RequestInFlight request)
    {
        readyBytes += request.Answer.BufferBytes;
        isEnding |= request.Outcome is RequestOutcome.Close;
    }
}
