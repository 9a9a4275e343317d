using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Broker.Metadata;

/// <summary>
/// The current <see cref="MetadataImage"/>, replaced by each UpdateMetadata request, and those who wait for it to say something. The image
/// may be read on any thread; it is replaced, and its waiters are kept, on the cache's own loop.
/// </summary>
public sealed class MetadataCache(ILoop loop) : ILiveBrokers
{
    /// <summary>As long as clients wait for an answer at the least.</summary>
    private static readonly TimeSpan FirstWordWait = TimeSpan.FromSeconds(5);

    private readonly LinkedList<Waiter> waiters = [];
    private volatile MetadataImage image = MetadataImage.Empty;

    public MetadataImage Image => image;

    public bool IsLive(BrokerId broker) => image.IsLive(broker);

    /// <summary>
    /// The image once it has brokers, for answers that say who is there; the empty one without a word for a few seconds. A broker serves
    /// before its controller has told it of anybody. A Kafka answers then that there is no broker at all: Java's clients ask again, and
    /// those of librdkafka (2.10 and later) drop all brokers that they knew.
    /// </summary>
    /// <param name="closed">Cancelled when nobody waits for the answer any more.</param>
    public async ValueTask<MetadataImage> WithBrokers(CancellationToken closed)
    {
        if (!image.HasBrokers)
            await WaitUntil(static known => known.HasBrokers, FirstWordWait, closed);
        return image;
    }

    /// <summary>
    /// Takes in an UpdateMetadata request that has passed its fences; whoever calls keeps the order of the controller's requests. Done when
    /// the new image is there; gives the names of the topics that it has no more. Callable from anywhere.
    /// </summary>
    public Task<IReadOnlyList<string>> Apply(UpdateMetadataRequest request) => loop.Ask(() => Replace(request));

    /// <summary>
    /// True once the condition holds of the image; false when the time is up first, or nobody waits any more. The condition is pure and may
    /// be called on any image until then.
    /// </summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="timeout">How long.</param>
    /// <param name="closed">Cancelled when nobody waits any more.</param>
    public Task<bool> WaitUntil(Func<MetadataImage, bool> condition, TimeSpan timeout, CancellationToken closed = default)
    {
        if (condition(image))
            return Task.FromResult(true);
        if (timeout <= TimeSpan.Zero)
            return Task.FromResult(false);
        var waiter = new Waiter(condition);
        loop.RunOrPost(new Work(() => Begin(waiter, timeout, closed)));
        return waiter.Completion.Task;
    }

    private IReadOnlyList<string> Replace(UpdateMetadataRequest request)
    {
        Invariant.Holds(loop.IsCurrent);
        var before = image;
        var after = before.After(request);
        image = after;
        CompleteWaiters();
        return before.TopicsMissingIn(after, request);
    }

    private void Begin(Waiter waiter, TimeSpan timeout, CancellationToken closed)
    {
        Invariant.Holds(loop.IsCurrent);
        // The image may have changed since the caller looked.
        if (waiter.Condition(image))
        {
            waiter.Completion.SetResult(true);
            return;
        }
        var node = waiters.AddLast(waiter);
        var end = new Work(() => End(node, false));
        waiter.Timer = loop.Schedule(timeout, end);
        waiter.Closed = closed.Register(() => loop.Post(end));
    }

    private void CompleteWaiters()
    {
        for (var node = waiters.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Condition(image))
                End(node, true);
            node = next;
        }
    }

    private void End(LinkedListNode<Waiter> node, bool holds)
    {
        Invariant.Holds(loop.IsCurrent);
        if (node.List is null)
            return;
        waiters.Remove(node);
        node.Value.Timer!.Dispose();
        node.Value.Closed.Unregister();
        node.Value.Completion.SetResult(holds);
    }

    private sealed class Waiter(Func<MetadataImage, bool> condition)
    {
        public Func<MetadataImage, bool> Condition => condition;
        public TaskCompletionSource<bool> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public IDisposable? Timer { get; set; }
        public CancellationTokenRegistration Closed { get; set; }
    }

    private sealed class Work(Action action) : ILoopWork
    {
        public void Run() => action();
    }
}
