using System.Runtime.CompilerServices;
using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Broker.Requests;

/// <summary>
/// A request between its receipt and the end of its answer: owns the received frame and the writer of the answer. Used again for
/// later requests of its connection. Touched only on the connection's loop, which it runs on when its handler is done.
/// </summary>
internal sealed class RequestInFlight : ILoopWork
{
    private readonly ClientConnection connection;
    private readonly ILoop loop;
    private readonly Action onHandled;
    private Frame frame;
    private ValueTaskAwaiter<RequestOutcome> handling;

    public RequestInFlight(ClientConnection connection, ILoop loop)
    {
        (this.connection, this.loop) = (connection, loop);
        onHandled = () => this.loop.RunOrPost(this);
    }

    public WireWriter Answer { get; } = new();

    /// <summary>Null while the handler is at work.</summary>
    public RequestOutcome? Outcome { get; private set; }

    public void Start(Frame received, RequestPipeline pipeline, ConnectionFacts facts)
    {
        frame = received;
        Outcome = null;
        handling = pipeline.Handle(frame.Memory, facts, Answer).GetAwaiter();
        if (handling.IsCompleted)
            Outcome = handling.GetResult();
        else
            handling.UnsafeOnCompleted(onHandled);
    }

    void ILoopWork.Run()
    {
        Outcome = handling.GetResult();
        connection.OnHandled(this);
    }

    /// <summary>Gives back the frame, the answer's buffers and its references to files.</summary>
    public void Release(FrameMemory memory)
    {
        Invariant.Holds(Outcome is not null);
        Answer.Reset();
        memory.Return(frame.Array);
        frame = default;
    }
}
