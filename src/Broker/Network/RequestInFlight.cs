using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// A request between its receipt and the end of its answer: owns the received frame and the writer of the answer. Used again for
/// later requests of its connection. Touched only on the connection's loop, to which it comes back when its handler is done.
/// </summary>
internal sealed class RequestInFlight : ILoopWork
{
    private readonly Action<RequestInFlight> onHandled;
    private readonly LoopOperation<RequestOutcome> handling;
    private Frame frame;

    /// <param name="loop">The connection's.</param>
    /// <param name="onHandled">Called on the loop when a handler is done that was not when <see cref="Start"/> returned.</param>
    public RequestInFlight(ILoop loop, Action<RequestInFlight> onHandled)
    {
        this.onHandled = onHandled;
        handling = new LoopOperation<RequestOutcome>(loop, this);
    }

    public WireWriter Answer { get; } = new();

    /// <summary>Null while the handler is at work.</summary>
    public RequestOutcome? Outcome { get; private set; }

    public void Start(Frame received, RequestPipeline pipeline, ConnectionFacts facts)
    {
        frame = received;
        Outcome = null;
        handling.Start(pipeline.Handle(frame.Memory, facts, Answer));
        TakeOutcome();
    }

    void ILoopWork.Run()
    {
        TakeOutcome();
        onHandled(this);
    }

    /// <summary>Gives back the frame, the answer's buffers and its references to files.</summary>
    public void Release(FrameMemory memory)
    {
        Invariant.Holds(Outcome is not null);
        Answer.Reset();
        memory.Return(frame.Array);
        frame = default;
    }

    private void TakeOutcome()
    {
        if (handling.TryTake(out var outcome))
            Outcome = outcome;
    }
}
