using System.Collections.Concurrent;
using System.Globalization;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// The shards of one coordinator on this broker, one for each partition of its internal topic that this broker leads. An election or a
/// resignation of an older leader epoch than the one known is ignored. Called from any thread; each partition has a loop of its own, which
/// is kept from one election to the next.
/// </summary>
public sealed class CoordinatorRuntime<TState, TRecord>(CoordinatorSettings<TState, TRecord> settings)
    where TState : ICoordinatorState<TRecord>
    where TRecord : class
{
    private readonly ConcurrentDictionary<int, Slot> slots = new();
    private volatile bool isStopped;

    /// <summary>
    /// This broker leads the partition. Loading starts, unless the shard is there already; one that failed to load is loaded anew under a
    /// newer leader epoch.
    /// </summary>
    public void OnElected(ICoordinatorLog log, LeaderEpoch leaderEpoch)
    {
        var slot = slots.GetOrAdd(
            log.Partition.Partition,
            partition => new Slot(settings.Loops.Create(string.Create(CultureInfo.InvariantCulture, $"{settings.Name}-{partition}"))));
        slot.Loop.RunOrPost(new SlotWork(() => Elect(slot, log, leaderEpoch)));
    }

    /// <summary>
    /// This broker leads the partition no longer, as of that epoch; null when the partition is gone from this broker whatever the epoch.
    /// </summary>
    public void OnResigned(int partition, LeaderEpoch? leaderEpoch)
    {
        if (slots.TryGetValue(partition, out var slot))
            slot.Loop.RunOrPost(new SlotWork(() => Resign(slot, partition, leaderEpoch)));
    }

    /// <summary>Stops all shards; elections from here on are ignored.</summary>
    public void Stop()
    {
        isStopped = true;
        foreach (var partition in slots.Keys)
            OnResigned(partition, null);
    }

    /// <summary>
    /// Runs an event on the partition's shard. <paramref name="refuse"/> makes the answer when there is no shard here or it failed to load
    /// (NotCoordinator), it is loading (CoordinatorLoadInProgress), it has too much to do (CoordinatorNotAvailable), or the event throws
    /// (UnknownServerError). When <paramref name="closed"/> ends first, the event runs all the same and only its answer is cancelled.
    /// </summary>
    public Task<TReply> Ask<TReply>(
        int partition, Action<TState, Reply<TReply>> run, Func<KafkaError, TReply> refuse, CancellationToken closed = default)
    {
        if (!slots.TryGetValue(partition, out var slot))
            return Task.FromResult(refuse(KafkaError.NotCoordinator));
        var request = new ShardRequest<TState, TReply>(run, refuse, closed);
        slot.Loop.RunOrPost(new SlotWork(() => Submit(slot, request)));
        return request.Answer;
    }

    /// <summary>The same question to every partition that this broker has ever led; refused as by <see cref="Ask"/>.</summary>
    public Task<TReply[]> AskAll<TReply>(Action<TState, Reply<TReply>> run, Func<KafkaError, TReply> refuse)
        => slots.Keys.Select(partition => Ask(partition, run, refuse)).InOrder();

    /// <summary>Runs something on every shard that is loaded; the others are left out.</summary>
    public void Tell(Action<TState> run)
    {
        foreach (var partition in slots.Keys)
            _ = Ask(partition, (state, reply) => { run(state); reply.Send(true); }, _ => false);
    }

    private static void Submit<TReply>(Slot slot, ShardRequest<TState, TReply> request)
    {
        if (slot.Shard is { } shard)
            shard.Submit(request);
        else
            request.Refuse(KafkaError.NotCoordinator);
    }

    private void Elect(Slot slot, ICoordinatorLog log, LeaderEpoch leaderEpoch)
    {
        Invariant.Holds(slot.Loop.IsCurrent);
        // Stop sets the flag before it queues the resignations: an election that does not see it here has a resignation queued behind it.
        if (isStopped || leaderEpoch < slot.LeaderEpoch)
            return;
        settings.Log.Info(settings.Name, $"partition={log.Partition} leaderEpoch={slot.LeaderEpoch}→{leaderEpoch} elected");
        var isNewEpoch = leaderEpoch > slot.LeaderEpoch;
        slot.LeaderEpoch = leaderEpoch;
        var present = slot.Shard;
        if (present is { HasFailed: false })
        {
            // The leader stayed the same, so its log has not been cut and the state still is what the log holds.
            present.LeaderEpoch = leaderEpoch;
            return;
        }
        // The log of a shard that failed to load is the same under the same leader, and so would be its failure.
        if (present is not null && !isNewEpoch)
            return;
        slot.Shard = new CoordinatorShard<TState, TRecord>(settings, slot.Loop, log, leaderEpoch);
        slot.Shard.Load();
        present?.Stop();
    }

    private void Resign(Slot slot, int partition, LeaderEpoch? leaderEpoch)
    {
        Invariant.Holds(slot.Loop.IsCurrent);
        if (leaderEpoch is { } epoch)
        {
            if (epoch < slot.LeaderEpoch)
                return;
            slot.LeaderEpoch = epoch;
        }
        else
        {
            // A topic that is made again under the name counts its epochs from zero.
            slot.LeaderEpoch = LeaderEpoch.Unknown;
        }
        if (slot.Shard is not { } shard)
            return;
        settings.Log.Info(settings.Name, $"partition={partition} leaderEpoch={slot.LeaderEpoch} resigned");
        slot.Shard = null;
        shard.Stop();
    }

    /// <summary>
    /// One partition of the internal topic: its loop and, while this broker leads it, its shard. Touched on that loop only.
    /// </summary>
    private sealed class Slot(ILoop loop)
    {
        public ILoop Loop => loop;

        /// <summary>The newest that is known, of this broker's leadership or of another's.</summary>
        public LeaderEpoch LeaderEpoch { get; set; } = LeaderEpoch.Unknown;

        public CoordinatorShard<TState, TRecord>? Shard { get; set; }
    }

    private sealed class SlotWork(Action work) : ILoopWork
    {
        public void Run() => work();
    }
}
