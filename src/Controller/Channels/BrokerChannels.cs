using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// One channel and one queue of requests for each live broker; Kafka's ControllerChannelManager. Owned by the coordination loop. A queue
/// grows only with the controller's own steps, and goes with the broker's registration.
/// </summary>
internal sealed class BrokerChannels(ILoop loop, ILog log, Func<LiveBroker, IBrokerChannel> open, IBrokerAnswers answers) : IDisposable
{
    private readonly Dictionary<BrokerId, BrokerRequestQueue> queues = [];
    private bool isDisposed;

    /// <summary>
    /// Opens the channel to a broker that has registered; none any more for a controller that has resigned in the middle of an event.
    /// </summary>
    public void Add(LiveBroker broker)
    {
        Invariant.Holds(loop.IsCurrent);
        if (isDisposed)
            return;
        queues.Add(broker.Id, new BrokerRequestQueue(broker.Id, open(broker), answers, loop, log));
    }

    /// <summary>Drops what is queued for the broker and closes its channel; the answer to a request under way is dropped too.</summary>
    public void Remove(BrokerId broker)
    {
        Invariant.Holds(loop.IsCurrent);
        if (queues.Remove(broker, out var queue))
            queue.Dispose();
    }

    /// <summary>The broker has other listeners; what is queued for it goes there.</summary>
    public void Move(LiveBroker broker)
    {
        Invariant.Holds(loop.IsCurrent);
        queues.GetValueOrDefault(broker.Id)?.Move(broker);
    }

    /// <summary>Queues requests behind those there are; drops them when the broker has no channel.</summary>
    public void Send(BrokerId broker, BrokerRequests requests)
    {
        Invariant.Holds(loop.IsCurrent);
        if (queues.TryGetValue(broker, out var queue))
            queue.Enqueue(requests);
    }

    public void Dispose()
    {
        Invariant.Holds(loop.IsCurrent);
        isDisposed = true;
        foreach (var queue in queues.Values)
            queue.Dispose();
        queues.Clear();
    }
}
