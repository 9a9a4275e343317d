namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// The requests of a session in the order asked: those sent and not answered, of which there are only so many, and those that wait. When a
/// connection ends, what was under way on it is lost and goes first on the next, one at a time, because what becomes of it may have to be
/// read back before anything behind it is done. Touched only on the session's loop.
/// </summary>
internal sealed class RequestLine(int maxInFlight, long waitingMaxBytes)
{
    private readonly Queue<Request> waiting = [];
    private readonly LinkedList<Request> lost = [];
    private readonly Queue<Request> inFlight = [];
    private long waitingBytes;
    private int lastXid;

    public bool HasLost => lost.Count > 0;

    /// <summary>False when more waits than is kept.</summary>
    public bool TryAdd(Request request)
    {
        if (waitingBytes + request.WaitingBytes > waitingMaxBytes && waiting.Count > 0)
            return false;
        waitingBytes += request.WaitingBytes;
        waiting.Enqueue(request);
        return true;
    }

    /// <summary>Puts requests before all that wait, in their order.</summary>
    public void PutFirst(IReadOnlyList<Request> requests)
    {
        for (var index = requests.Count - 1; index >= 0; index--)
            lost.AddFirst(requests[index]);
    }

    /// <summary>The request to send next, which is under way from here on and has its xid; null while none may be sent.</summary>
    public Request? Next(long lastZxid)
    {
        if (lost.First is { } first)
        {
            if (inFlight.Count > 0)
                return null;
            lost.RemoveFirst();
            return Begin(first.Value, lastZxid);
        }
        if (inFlight.Count >= maxInFlight || !waiting.TryDequeue(out var next))
            return null;
        waitingBytes -= next.WaitingBytes;
        return Begin(next, lastZxid);
    }

    /// <summary>
    /// The request that an answer is for; it stays under way until <see cref="Answered"/>. Answers come in order: null when it is not the
    /// oldest.
    /// </summary>
    public Request? Awaiting(int xid) => inFlight.TryPeek(out var oldest) && oldest.Xid == xid ? oldest : null;

    /// <summary>The oldest under way has its answer.</summary>
    public void Answered() => inFlight.Dequeue();

    /// <summary>
    /// What was under way is lost. The request that was alone on the connection, if one was; whether it was its fault the caller knows.
    /// </summary>
    public Request? ConnectionEnded()
    {
        var alone = inFlight.Count == 1 ? inFlight.Peek() : null;
        foreach (var request in inFlight)
        {
            request.WasLost = true;
            request.ConnectionsEnded = request == alone ? request.ConnectionsEnded + 1 : 0;
        }
        PutFirst([.. inFlight]);
        inFlight.Clear();
        return alone;
    }

    /// <summary>Takes a request that is lost out of the line.</summary>
    public void GiveUp(Request request) => lost.Remove(request);

    /// <summary>Takes what is not under way.</summary>
    public IReadOnlyList<Request> TakeWaiting()
    {
        Request[] taken = [.. lost, .. waiting];
        lost.Clear();
        waiting.Clear();
        waitingBytes = 0;
        return taken;
    }

    /// <summary>Takes everything, the oldest first.</summary>
    public IReadOnlyList<Request> TakeAll()
    {
        Request[] underWay = [.. inFlight];
        inFlight.Clear();
        return [.. underWay, .. TakeWaiting()];
    }

    private Request Begin(Request request, long lastZxid)
    {
        request.Xid = lastXid = lastXid == int.MaxValue ? 1 : lastXid + 1;
        request.SentBehindZxid ??= lastZxid;
        inFlight.Enqueue(request);
        return request;
    }
}
