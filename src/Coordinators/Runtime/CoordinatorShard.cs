using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// One partition of an internal topic under one leadership: loads the state from the log, then runs events on it one at a time. An event
/// reads the state, decides and writes; while its batch is on the way into the leader's log no other event runs, and once it is there it is
/// applied. So the state is always exactly what the log holds, a refused append changes nothing, and what is in the log but not committed
/// is the timeline's business. Made by <see cref="CoordinatorRuntime{TState,TRecord}"/> on election, stopped on resignation, never used
/// again. Touched only on its loop. An exception is a bug of ours: it goes to the loop's root, which logs it; whoever waits for that event
/// or write is answered, and the others go on; in the replay it fails the load, and the shard refuses all.
/// </summary>
internal sealed class CoordinatorShard<TState, TRecord> : IShardContext<TRecord>
    where TState : ICoordinatorState<TRecord>
    where TRecord : class
{
    private enum Phase
    {
        Loading,
        Active,
        /// <summary>The log could not be replayed. As in Kafka, requests are then refused as if another broker led the partition.</summary>
        Failed,
        Stopped,
    }

    private readonly CoordinatorSettings<TState, TRecord> settings;
    private readonly ILoop loop;
    private readonly ICoordinatorLog log;
    private readonly TState state;
    private readonly Queue<ShardWrite<TRecord>> writes = new();
    private readonly Queue<ShardEvent<TState>> events = new();
    private readonly UncommittedWrites<TRecord> uncommitted;
    private readonly ShardTimers timers;
    private Phase phase = Phase.Loading;
    private ShardWrite<TRecord>? appending;
    private bool pumping;

    public CoordinatorShard(CoordinatorSettings<TState, TRecord> settings, ILoop loop, ICoordinatorLog log, LeaderEpoch leaderEpoch)
    {
        (this.settings, this.loop, this.log, LeaderEpoch) = (settings, loop, log, leaderEpoch);
        Timeline = new Timeline(loop);
        timers = new ShardTimers(loop, () => UptimeMs);
        uncommitted = new UncommittedWrites<TRecord>(this, () => UptimeMs);
        state = settings.CreateState(this);
    }

    /// <summary>Moves up when the same broker is elected again without having lost the partition.</summary>
    public LeaderEpoch LeaderEpoch { get; set; }

    /// <summary>The log could not be replayed: every request is refused with NotCoordinator.</summary>
    public bool HasFailed => phase == Phase.Failed;

    public bool IsCurrent => loop.IsCurrent;
    public TopicPartition Partition => log.Partition;
    public Timeline Timeline { get; }
    public ILog Log => settings.Log;
    public long NowMs => settings.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Monotonic milliseconds, for deadlines.</summary>
    private long UptimeMs => (long)settings.Time.GetElapsedTime(0).TotalMilliseconds;

    public void Load()
    {
        Invariant.Holds(IsCurrent);
        Timeline.StartAt(log.HighWatermark, log.LogEndOffset);
        var loading = new ShardLoad<TState, TRecord>(settings, loop, log, state)
        {
            IsWanted = () => phase == Phase.Loading,
            Loaded = OnLoaded,
            Failed = Fail,
        };
        loading.Start();
    }

    /// <summary>
    /// Runs the event now, or behind the append that is on its way; refused while loading, after a failed load, after the end, and when too
    /// many wait. A timer is never too many: it fires once, and a group whose timer were dropped would wait for ever. There are only as
    /// many as members and groups.
    /// </summary>
    public void Submit(ShardEvent<TState> shardEvent)
    {
        Invariant.Holds(IsCurrent);
        var refusal = phase switch
        {
            Phase.Loading => KafkaError.CoordinatorLoadInProgress,
            Phase.Failed or Phase.Stopped => KafkaError.NotCoordinator,
            _ => events.Count >= Limits.CoordinatorWaitingEvents
                && shardEvent is not TimerEvent<TState> ? KafkaError.CoordinatorNotAvailable : KafkaError.None,
        };
        if (refusal != KafkaError.None)
        {
            shardEvent.Refuse(refusal);
            return;
        }
        try
        {
            // Deadlines that have passed go first, though the clock may not have said so yet.
            if (shardEvent is not TimerEvent<TState>)
                timers.FirePassed();
        }
        finally
        {
            // Also behind a timer's work that has thrown.
            events.Enqueue(shardEvent);
            Pump();
        }
    }

    /// <summary>
    /// Leadership is lost: the state is told first, so that what waits in it is answered before the outcome of its writes is.
    /// </summary>
    public void Stop()
    {
        Invariant.Holds(IsCurrent);
        if (phase == Phase.Stopped)
            return;
        phase = Phase.Stopped;
        uncommitted.StopTimer();
        try
        {
            state.OnUnloaded();
        }
        catch
        {
            // Behind the exception, so that one of theirs does not hide it.
            loop.Post(RefuseAll);
            throw;
        }
        RefuseAll();
    }

    private void RefuseAll()
    {
        try
        {
            appending?.Finish(KafkaError.NotCoordinator);
            uncommitted.FinishAll(KafkaError.NotCoordinator);
            while (writes.TryDequeue(out var write))
                write.Finish(KafkaError.NotCoordinator);
            while (events.TryDequeue(out var shardEvent))
                shardEvent.Refuse(KafkaError.NotCoordinator);
        }
        finally
        {
            // One has thrown; the others are answered behind the exception.
            if (!uncommitted.IsEmpty || writes.Count + events.Count > 0)
                loop.Post(RefuseAll);
        }
    }

    public void Write(IReadOnlyList<TRecord> records, Action<KafkaError> outcome)
        => Write(records, ProducerIdAndEpoch.None, null, outcome);

    public void Write(
        IReadOnlyList<TRecord> records, ProducerIdAndEpoch producer, VerificationGuard? guard, Action<KafkaError> outcome)
    {
        Invariant.Holds(IsCurrent);
        Invariant.Holds(records.Count > 0);
        Invariant.Holds(phase != Phase.Loading);
        if (phase != Phase.Active)
        {
            outcome(KafkaError.NotCoordinator);
            return;
        }
        writes.Enqueue(new ShardWrite<TRecord>(loop, records, outcome, OnAppended, OnCommitted) { Producer = producer, Guard = guard });
        Pump();
    }

    public ShardTimer CreateTimer(Action work) => timers.Create(() => Submit(new TimerEvent<TState>(work)));

    public void Post(Action work) => loop.Post(() => Submit(new TimerEvent<TState>(work)));

    public void RefreshHighWatermark() => Timeline.Advance(log.HighWatermark);

    private void OnLoaded()
    {
        phase = Phase.Active;
        var isReady = false;
        try
        {
            state.OnLoaded();
            isReady = true;
        }
        finally
        {
            if (!isReady)
                Fail("the replayed state could not be taken up");
        }
        Pump();
    }

    private void Fail(string reason)
    {
        phase = Phase.Failed;
        settings.Log.Error(
            settings.Name,
            $"partition={Partition} leaderEpoch={LeaderEpoch} failed to load {reason}: "
            + "requests are refused with NotCoordinator until it is elected under a newer epoch");
    }

    /// <summary>Appends what the last event wrote, and only when that is in the log runs the next one.</summary>
    private void Pump()
    {
        Invariant.Holds(IsCurrent);
        // An event that writes comes back in here; its writes are taken up when it has ended.
        if (pumping)
            return;
        pumping = true;
        try
        {
            while (MayRunNext)
                RunNext();
        }
        finally
        {
            pumping = false;
            // What was next has thrown and is out of its queue; the rest goes on behind the exception.
            if (MayRunNext)
                loop.Post(Pump);
        }
    }

    private bool MayRunNext => phase == Phase.Active && appending is null && writes.Count + events.Count > 0;

    private void RunNext()
    {
        if (writes.TryDequeue(out var write))
            Append(write);
        else
            Run(events.Dequeue());
    }

    private void Run(ShardEvent<TState> shardEvent)
    {
        var hasRun = false;
        try
        {
            shardEvent.Run(state);
            hasRun = true;
        }
        finally
        {
            if (!hasRun)
                shardEvent.Refuse(KafkaError.UnknownServerError);
        }
    }

    private void Append(ShardWrite<TRecord> write)
    {
        KafkaError? refusal = KafkaError.UnknownServerError;
        try
        {
            if (write.TryEncode(settings.Codec) is { } encoded)
            {
                appending = write;
                write.DeadlineMs = UptimeMs + settings.CommitTimeoutMs;
                log.Append(new CoordinatorBatch(encoded, NowMs) { Producer = write.Producer, Guard = write.Guard }, LeaderEpoch, write);
                refusal = null;
            }
            else
            {
                refusal = KafkaError.RecordListTooLarge;
            }
        }
        finally
        {
            if (refusal is { } error)
            {
                appending = null;
                write.Finish(error);
            }
        }
    }

    private void OnAppended(ShardWrite<TRecord> write)
    {
        Invariant.Holds(IsCurrent);
        if (phase != Phase.Active)
            return;
        Invariant.Holds(appending == write);
        appending = null;
        try
        {
            if (write.Error == KafkaError.None)
            {
                uncommitted.Add(write);
                Apply(write);
            }
            else
            {
                write.Finish(write.Error);
            }
        }
        finally
        {
            Pump();
        }
    }

    private void Apply(ShardWrite<TRecord> write)
    {
        var offset = write.LastOffset - write.Records.Count + 1;
        foreach (var record in write.Records)
            state.Apply(record, new RecordPosition(offset++, write.Producer, !write.Producer.IsNone));
    }

    private void OnCommitted(ShardWrite<TRecord> write)
    {
        Invariant.Holds(IsCurrent);
        if (phase != Phase.Active)
            return;
        if (write.Error is KafkaError.None or KafkaError.NotEnoughReplicasAfterAppend)
            Timeline.Advance(write.LastOffset + 1);
        try
        {
            write.Finish(write.Error);
        }
        finally
        {
            uncommitted.RemoveFinished();
            Pump();
        }
    }
}
