using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// A request between its receipt and the end of its answer: owns the received frame and the writer of the answer. Used again for
/// later requests of its connection. Touched only on the connection's loop, to which it comes back when its handler is done.
/// </summary>
internal sealed class RequestInFlight : ILoopWork, IRequestInFlight
{
    /// <summary>What a usual request and its answer take is not counted.</summary>
    private const int UncountedBytes = 16 * 1024;

    private readonly ILoop loop;
    private readonly HeldMemory memory;
    private readonly Action<RequestInFlight> onHandled;
    private readonly LargeRequestTurns turns;
    private readonly Func<ValueTask> takeTurn;
    private readonly LoopOperation<RequestOutcome> handling;
    private Frame? frame;
    private HeldPart? part;
    private int requests;
    private long chargedBytes;

    /// <param name="loop">The connection's.</param>
    /// <param name="memory">What the connection's peer holds.</param>
    /// <param name="onHandled">Called on the loop when a handler is done that was not when <see cref="Start"/> returned.</param>
    /// <param name="turns">Those of large requests, over all connections.</param>
    /// <param name="takeTurn">Ends, on the loop, when the newest request, which turns out to be large, has its turn.</param>
    public RequestInFlight(
        ILoop loop, HeldMemory memory, Action<RequestInFlight> onHandled, LargeRequestTurns turns, Func<ValueTask> takeTurn)
    {
        (this.loop, this.memory, this.onHandled, this.turns, this.takeTurn) = (loop, memory, onHandled, turns, takeTurn);
        handling = new LoopOperation<RequestOutcome>(loop, this);
    }

    public WireWriter Answer { get; } = new();

    /// <summary>Null while the handler is at work.</summary>
    public RequestOutcome? Outcome { get; private set; }

    /// <summary>Whether the next may begin before this is done, if it overlaps.</summary>
    public bool LetsNextBegin { get; private set; }

    public void Start(Frame received, RequestPipeline pipeline, ConnectionFacts facts)
    {
        frame = received;
        part = memory.PartFor(received);
        requests++;
        Outcome = null;
        LetsNextBegin = false;
        handling.Start(pipeline.Handle(received.Memory, facts, Answer, this));
        TakeOutcome();
    }

    void ILoopWork.Run()
    {
        TakeOutcome();
        onHandled(this);
    }

    ValueTask IRequestInFlight.TakeTurnToDecode()
    {
        Invariant.Holds(loop.IsCurrent);
        return takeTurn();
    }

    void IRequestInFlight.OnDecoded(long bytes, bool refersToFrame)
    {
        Invariant.Holds(loop.IsCurrent);
        if (!refersToFrame)
            ReturnFrame();
        Charge(bytes);
    }

    /// <summary>
    /// The object may serve another request by the time its loop comes to it, so the request is numbered. Here the number is that of the
    /// caller's request, since the handler has not ended.
    /// </summary>
    void IRequestInFlight.EndFrameUse()
    {
        var request = requests;
        loop.Post(() => GiveFrameBack(request));
    }

    void IRequestInFlight.LetNextBegin()
    {
        Invariant.Holds(loop.IsCurrent);
        LetsNextBegin = true;
    }

    ValueTask IRequestInFlight.TakeTurn() => turns.Take(loop);

    void IRequestInFlight.EndTurn() => turns.End();

    /// <summary>Gives back the frame, the answer's buffers and its references to files.</summary>
    public void Release()
    {
        Invariant.Holds(Outcome is not null);
        Answer.Reset();
        Uncharge();
        ReturnFrame();
    }

    private void TakeOutcome()
    {
        if (!handling.TryTake(out var outcome))
            return;
        Outcome = outcome;
        Uncharge();
        ReturnFrame();
        Charge(Answer.BufferBytes);
    }

    private void GiveFrameBack(int request)
    {
        Invariant.Holds(loop.IsCurrent);
        if (request != requests || frame is not { } held)
            return;
        // What was decoded was counted with the bytes that it refers to.
        var recordBytes = Math.Min(chargedBytes, held.Length);
        chargedBytes -= recordBytes;
        part!.Uncharge(recordBytes);
        ReturnFrame();
    }

    private void ReturnFrame()
    {
        if (frame is { } held)
            part!.Memory.Return(held.Buffer);
        frame = null;
    }

    private void Charge(long bytes)
    {
        if (bytes <= UncountedBytes)
            return;
        chargedBytes += bytes;
        part!.Charge(bytes);
    }

    private void Uncharge()
    {
        if (chargedBytes > 0)
            part!.Uncharge(chargedBytes);
        chargedBytes = 0;
    }
}
