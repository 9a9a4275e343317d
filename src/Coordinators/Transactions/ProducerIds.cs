namespace KafkaCompatBroker.Coordinators.Transactions;

/// <summary>
/// Gives out producer ids one by one from the block this broker was given, and asks for the next block before the one at hand is used up,
/// so that producers seldom wait. KIP-730. <see cref="Next"/> may be called from any thread; the state is touched on its own loop only.
/// </summary>
public sealed class ProducerIds(ILoop loop, Func<Task<ProducerIdBlock?>> allocate, ILog log)
{
    /// <summary>The next block is asked for when nine tenths of a block are given out.</summary>
    private const int PrefetchAtOneIn = 10;

    private readonly Queue<TaskCompletionSource<long?>> waiters = new();
    private ProducerIdBlock? next;
    private ProducerIdBlock block = new(0, -1);
    private bool isAllocating;

    /// <summary>Null when no block can be had now; the producer asks again.</summary>
    public Task<long?> Next()
    {
        var waiter = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() => Enqueue(waiter));
        return waiter.Task;
    }

    private void Enqueue(TaskCompletionSource<long?> waiter)
    {
        Invariant.Holds(loop.IsCurrent);
        waiters.Enqueue(waiter);
        Serve();
    }

    private void Serve()
    {
        while (waiters.Count > 0 && TryTake(out var producerId))
            waiters.Dequeue().SetResult(producerId);
        if (!isAllocating && next is null && (waiters.Count > 0 || Remaining <= ProducerIdBlock.Size / PrefetchAtOneIn))
        {
            isAllocating = true;
            loop.Run(Allocate);
        }
    }

    private bool TryTake(out long producerId)
    {
        if (Remaining == 0 && next is { } following)
            (block, next) = (following, null);
        producerId = block.FirstProducerId;
        if (Remaining == 0)
            return false;
        block = block with { FirstProducerId = producerId + 1 };
        return true;
    }

    private long Remaining => block.LastProducerId - block.FirstProducerId + 1;

    private async Task Allocate()
    {
        try
        {
            next = await allocate();
        }
        catch (Exception exception)
        {
            // The root of an allocation, which nobody awaits. To a producer it is a block that cannot be had now, as in Kafka.
            log.Error("producer-ids", "no block of producer ids was had", exception);
        }
        Invariant.Holds(loop.IsCurrent);
        isAllocating = false;
        if (next is not null)
        {
            Serve();
            return;
        }
        while (waiters.TryDequeue(out var waiter))
            waiter.SetResult(null);
    }
}
