using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// The requests of one connection that are received and not answered, in the order received, and used objects for those to come. Handlers
/// overlap and end in any order; whoever takes from the queue keeps the order. Touched only on the connection's loop.
/// </summary>
internal sealed class RequestQueue
{
    private readonly RequestPipeline pipeline;
    private readonly ConnectionFacts facts;
    private readonly FrameMemory memory;
    private readonly ILoop loop;
    private readonly Action onHandled;
    private readonly Action<RequestInFlight> onRequestHandled;
    private readonly Queue<RequestInFlight> inFlight = new();
    private readonly Stack<RequestInFlight> spare = new();
    private int unfinishedHandlers;
    private bool isAbandoned;

    /// <param name="pipeline">Handles the requests.</param>
    /// <param name="facts">What all of them share.</param>
    /// <param name="memory">Where their frames are from.</param>
    /// <param name="loop">The connection's.</param>
    /// <param name="onHandled">Called when a handler is done that was not when <see cref="Start"/> returned.</param>
    public RequestQueue(RequestPipeline pipeline, ConnectionFacts facts, FrameMemory memory, ILoop loop, Action onHandled)
    {
        (this.pipeline, this.facts, this.memory, this.loop, this.onHandled) = (pipeline, facts, memory, loop, onHandled);
        onRequestHandled = OnHandled;
    }

    public int Count => inFlight.Count;

    /// <summary>Whether a handler is at work, be it on a request that has been abandoned.</summary>
    public bool IsHandling => unfinishedHandlers > 0;

    /// <summary>What became of the oldest request; null while its handler is at work, and when there is none.</summary>
    public RequestOutcome? OldestOutcome => inFlight.TryPeek(out var oldest) ? oldest.Outcome : null;

    /// <summary>Starts the handler of a received request.</summary>
    public void Start(Frame frame)
    {
        var request = spare.TryPop(out var used) ? used : new RequestInFlight(loop, onRequestHandled);
        inFlight.Enqueue(request);
        request.Start(frame, pipeline, facts);
        if (request.Outcome is null)
            unfinishedHandlers++;
    }

    /// <summary>Takes the oldest request out, which is done. Whoever takes it gives it back to <see cref="Recycle"/>.</summary>
    public RequestInFlight Take() => inFlight.Dequeue();

    public void Recycle(RequestInFlight request)
    {
        request.Release(memory);
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
        unfinishedHandlers--;
        if (isAbandoned)
            Recycle(request);
        onHandled();
    }
}
