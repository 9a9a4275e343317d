using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Broker.InterBroker.Client;

/// <summary>
/// One connection to another broker: a request out, its answer's frame in, one at a time. It always watches for the other side's end, so
/// that a connection that was closed while nothing was asked is not used again. It ends once, for whatever reason comes first, and once its
/// last read and send have ended it holds nothing. Owned by a <see cref="BrokerClient"/>, touched only on that one's loop.
/// </summary>
internal sealed class BrokerConnection : ILoopWork
{
    private readonly INetworkConnection connection;
    private readonly IFrameMemory memory;
    private readonly ILoop loop;
    private readonly FrameReader frames;
    private readonly PlainLoopOperation sending;
    private WireWriter? sent;
    private TaskCompletionSource<Frame>? awaited;
    private Frame? arrived;
    private bool isGone;

    public BrokerConnection(INetworkConnection connection, IFrameMemory memory, int answerMaxBytes, ILoop loop)
    {
        (this.connection, this.memory, this.loop) = (connection, memory, loop);
        frames = new FrameReader(connection, memory, answerMaxBytes, loop, this);
        sending = new PlainLoopOperation(loop, this);
    }

    /// <summary>Why it has ended; null while it has not.</summary>
    public string? EndReason { get; private set; }

    /// <summary>
    /// Sends a request and gives the frame of what comes back, which is the caller's to return to the memory. Takes the writer over.
    /// </summary>
    /// <exception cref="BrokerUnreachable">The connection has ended first.</exception>
    public Task<Frame> Exchange(WireWriter request)
    {
        Invariant.Holds(loop.IsCurrent);
        Invariant.Holds(awaited is null);
        if (EndReason is { } reason)
        {
            request.Dispose();
            throw new BrokerUnreachable(reason);
        }
        var answer = awaited = new TaskCompletionSource<Frame>(TaskCreationOptions.RunContinuationsAsynchronously);
        sent = request;
        try
        {
            sending.Start(connection.Send(request.Parts, CancellationToken.None));
        }
        catch (IOException exception)
        {
            End(exception.Message);
        }
        Advance();
        return answer.Task;
    }

    /// <summary>Does whatever can be done now; called first to begin the watch.</summary>
    public void Advance()
    {
        Invariant.Holds(loop.IsCurrent);
        try
        {
            TakeSent();
            Receive();
            GiveArrived();
        }
        catch (Exception exception) when (exception is IOException or MalformedRequest)
        {
            End(exception.Message);
        }
        catch (OutOfMemoryException)
        {
            // A shortage, which passes: whoever waits asks again.
            End("no memory is left for the answer");
        }
        finally
        {
            if (EndReason is not null)
                LeaveWhenQuiet();
        }
    }

    /// <summary>Ends the connection at once; who waits for an answer is told why.</summary>
    public void End(string reason)
    {
        Invariant.Holds(loop.IsCurrent);
        if (EndReason is not null)
            return;
        EndReason = reason;
        connection.Abort();
        if (arrived is { } frame)
            memory.Return(frame.Buffer);
        arrived = null;
        awaited?.SetException(new BrokerUnreachable(reason));
        awaited = null;
        LeaveWhenQuiet();
    }

    void ILoopWork.Run() => Advance();

    /// <summary>The request's buffers are given back when it is sent, however early its answer comes.</summary>
    private void TakeSent()
    {
        var isEnded = true;
        try
        {
            isEnded = sending.TryTake();
        }
        finally
        {
            if (isEnded)
            {
                sent?.Dispose();
                sent = null;
            }
        }
    }

    private void Receive()
    {
        while (EndReason is null)
        {
            if (frames.TryTake(out var frame))
                Take(frame);
            else if (!frames.TryReceive())
                break;
            else if (frames.IsEnded)
                End("the other side has closed the connection");
        }
    }

    private void Take(Frame frame)
    {
        if (awaited is not null && arrived is null)
        {
            arrived = frame;
            return;
        }
        memory.Return(frame.Buffer);
        End("the other side has sent what nobody asked for");
    }

    private void GiveArrived()
    {
        if (arrived is not { } frame || sending.IsPending)
            return;
        arrived = null;
        var waiter = awaited!;
        awaited = null;
        waiter.SetResult(frame);
    }

    private void LeaveWhenQuiet()
    {
        frames.TryFinish();
        try
        {
            TakeSent();
        }
        catch (IOException)
        {
            // It has ended already, for another reason or this one.
        }
        if (isGone || frames.IsPending || sending.IsPending)
            return;
        isGone = true;
        frames.Close();
        connection.Dispose();
    }
}
