using KafkaCompatBroker.Broker.Network;

namespace KafkaCompatBroker.Broker.InterBroker.Client;

/// <summary>
/// An answer with the frame that it came in, which its record bytes are part of. Disposed once, when nothing refers to them any more; on
/// any thread.
/// </summary>
internal sealed class ReceivedAnswer<TResponse>(TResponse response, Frame frame, IFrameMemory memory) : IDisposable
{
    private int isGivenBack;

    public TResponse Response => response;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref isGivenBack, 1) == 0)
            memory.Return(frame.Buffer);
    }
}
