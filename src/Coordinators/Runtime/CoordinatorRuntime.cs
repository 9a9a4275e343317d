using System.Collections.Concurrent;
using System.Globalization;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// The shards of one coordinator on this broker, by partition of its internal topic. They come and go with leadership; news of an older
/// leader epoch than the one known is ignored. Called from any thread; each partition's shard has its own loop, kept over elections.
/// </summary>
public sealed class CoordinatorRuntime<TState, TRecord>(CoordinatorSettings<TState, TRecord> settings)
    where TState : ICoordinatorState<TRecord>
    where TRecord : class
{
    private readonly ConcurrentDictionary<int, Seat> seats = new();
    private volatile bool isStopped;

    /// <summary>This broker leads the partition. Loading starts, unless the shard is there already.</summary>
    public void OnElected(ICoordinatorLog log, LeaderEpoch leaderEpoch)
    {
        var seat = seats.GetOrAdd(
            log.Partition.Partition,
            partition => new Seat(settings.Loops.Create(string.Create(CultureInfo.InvariantCulture, $"{settings.Name}-{partition}"))));
        seat.Loop.RunOrPost(new SeatWork(() => Elect(seat, log, leaderEpoch)));
    }

    /// <summary>
    /// This broker leads the partition no longer, as of that epoch; null when the partition is gone from this broker whatever the epoch.
    /// </summary>
    public void OnResigned(int partition, LeaderEpoch? leaderEpoch)
    {
        if (seats.TryGetValue(partition, out var seat))
            seat.Loop.RunOrPost(new SeatWork(() => Resign(seat, partition, leaderEpoch)));
    }

    /// <summary>Stops all shards; elections from here on are ignored.</summary>
    public void Stop()
    {
        isStopped = true;
        foreach (var partition in seats.Keys)
            OnResigned(partition, null);
    }

    /// <summary>
    /// Runs an event on the partition's shard. <paramref name="refuse"/> makes the answer when there is no shard here (NotCoordinator), it
    /// is loading (CoordinatorLoadInProgress), it has too much to do (CoordinatorNotAvailable), or the event throws (UnknownServerError).
    /// When <paramref name="closed"/> ends first, the event runs all the same and only its answer is cancelled.
    /// </summary>
    public Task<TReply> Ask<TReply>(
        int partition, Action<TState, Reply<TReply>> run, Func<KafkaError, TReply> refuse, CancellationToken closed = default)
    {
        if (!seats.TryGetValue(partition, out var seat))
            return Task.FromResult(refuse(KafkaError.NotCoordinator));
        var request = new ShardRequest<TState, TReply>(run, refuse, closed);
        seat.Loop.RunOrPost(new SeatWork(() => Submit(seat, request)));
        return request.Answer;
    }

    /// <summary>The same question to every partition that this broker has ever led; refused as by <see cref="Ask"/>.</summary>
    public Task<TReply[]> AskAll<TReply>(Action<TState, Reply<TReply>> run, Func<KafkaError, TReply> refuse)
        => seats.Keys.Select(partition => Ask(partition, run, refuse)).InOrder();

    /// <summary>Runs something on every shard that is loaded; the others are left out.</summary>
    public void Tell(Action<TState> run)
    {
        foreach (var partition in seats.Keys)
            _ = Ask(partition, (state, reply) => { run(state); reply.Send(true); }, _ => false);
    }

    /// <summary>True when this broker leads the partition, be it loading or loaded.</summary>
    public bool Leads(int partition) => seats.TryGetValue(partition, out var seat) && seat.Shard is not null;

    private static void Submit<TReply>(Seat seat, ShardRequest<TState, TReply> request)
    {
        if (seat.Shard is { } shard)
            shard.Submit(request);
        else
            request.Refuse(KafkaError.NotCoordinator);
    }

    private void Elect(Seat seat, ICoordinatorLog log, LeaderEpoch leaderEpoch)
    {
        // Looked at on the seat's loop: an election that comes before the flag is seen has the resignation behind it.
        if (isStopped || leaderEpoch < seat.LeaderEpoch)
            return;
        settings.Log.Info(settings.Name, $"partition={log.Partition} leaderEpoch={seat.LeaderEpoch}→{leaderEpoch} elected");
        seat.LeaderEpoch = leaderEpoch;
        if (seat.Shard is { } present)
        {
            // The leader stayed the same, so its log has not been cut and the state still is what the log holds.
            present.LeaderEpoch = leaderEpoch;
            return;
        }
        seat.Shard = new CoordinatorShard<TState, TRecord>(settings, seat.Loop, log, leaderEpoch);
        seat.Shard.Load();
    }

    private void Resign(Seat seat, int partition, LeaderEpoch? leaderEpoch)
    {
        if (leaderEpoch is { } epoch)
        {
            if (epoch < seat.LeaderEpoch)
                return;
            seat.LeaderEpoch = epoch;
        }
        else
        {
            // A topic that is made again under the name counts its epochs from zero.
            seat.LeaderEpoch = LeaderEpoch.Unknown;
        }
        if (seat.Shard is not { } shard)
            return;
        settings.Log.Info(settings.Name, $"partition={partition} leaderEpoch={seat.LeaderEpoch} resigned");
        seat.Shard = null;
        shard.Stop();
    }

    /// <summary>A partition's place: its loop and, while this broker leads it, its shard. Fields change on the loop only.</summary>
    private sealed class Seat(ILoop loop)
    {
        private volatile CoordinatorShard<TState, TRecord>? shard;

        public ILoop Loop { get; } = loop;
        public LeaderEpoch LeaderEpoch { get; set; } = LeaderEpoch.Unknown;

        public CoordinatorShard<TState, TRecord>? Shard
        {
            get => shard;
            set => shard = value;
        }
    }

    private sealed class SeatWork(Action work) : ILoopWork
    {
        public void Run() => work();
    }
}
