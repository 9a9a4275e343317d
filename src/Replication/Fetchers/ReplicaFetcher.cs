using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>
/// Copies partitions from one leader: one request at a time, over a connection of its own. What it fetches is appended on each partition's
/// loop; a partition that has meanwhile got another role takes nothing. A partition with which something is wrong waits, or is given up
/// until the controller's next decision, and the others go on. Holds one answer at a time, of at most
/// <c>replica.fetch.response.max.bytes</c> and one batch. Everything runs on the fetcher's loop; the public methods may be called from
/// anywhere.
/// </summary>
internal sealed class ReplicaFetcher
{
    private readonly FetcherServices services;
    private readonly BrokerId leader;
    private readonly string name;
    private readonly ILoop loop;
    private readonly ILeaderConnection connection;
    private readonly LeaderSession session = new();
    private readonly FetchedReplicas replicas = new();
    private readonly ReplicaSteps steps;
    private readonly LeaderQueries queries;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? wake;
    private bool isStopped;
    private bool isUnreachable;

    public ReplicaFetcher(FetcherServices services, BrokerId leader, int number)
    {
        (this.services, this.leader) = (services, leader);
        name = $"fetcher-{leader}-{number}";
        loop = services.Loops.Create(name);
        connection = services.Leaders.Connect(leader, number);
        steps = new ReplicaSteps(services, leader, replicas);
        queries = new LeaderQueries(services, connection, replicas, steps);
        loop.Run(Run);
    }

    /// <summary>Copies the partition from here on, in that leader epoch.</summary>
    public void Add(Partition partition, TopicId topicId, LeaderEpoch leaderEpoch) => loop.Post(() =>
    {
        replicas.Add(new FetchedReplica(partition, topicId, leaderEpoch));
        wake?.TrySetResult();
    });

    /// <summary>Copies the partition no more; done when no further step is taken for it, though one may still be under way.</summary>
    public Task Remove(TopicPartition partition) => loop.Start(() =>
    {
        replicas.Remove(partition);
        return Task.CompletedTask;
    });

    /// <summary>Ends what is under way; done when nothing is appended any more.</summary>
    public Task Stop()
    {
        loop.Post(() =>
        {
            isStopped = true;
            connection.Dispose();
            wake?.TrySetResult();
        });
        return ended.Task;
    }

    private async Task Run()
    {
        services.Log.Info("replicas", $"{name} begins");
        while (!isStopped)
        {
            try
            {
                await Round();
            }
            catch (LeaderUnreachable unreachable)
            {
                OnUnreachable(unreachable);
            }
            catch (Exception exception)
            {
                services.Log.Error("replicas", $"{name} met a bug of this broker and goes on", exception);
                DelayAll();
            }
        }
        services.Log.Info("replicas", $"{name} ends");
        ended.SetResult();
    }

    private async Task Round()
    {
        await BeginNew();
        await queries.Truncate();
        await steps.AwaitFlushes(services.Loops.Time.GetTimestamp());
        var now = services.Loops.Time.GetTimestamp();
        var wanted = replicas.Where(replica => replica is { IsTruncating: false, Position: not null } && replica.IsReady(now));
        if (isStopped)
            return;
        var allowed = wanted.Where(replica => !IsHeldBack(replica)).ToList();
        if (allowed.Count > 0)
            await Fetch(allowed);
        else if (wanted.Count > 0)
            await Sleep(now, services.DelayEnd());
        else if (replicas.Where(replica => replica.IsReady(now)).Count == 0)
            await Sleep(now, replicas.FirstDelayEnd());
    }

    /// <summary>
    /// Looks where the logs of partitions are that were added. One that knows leader epochs fetches at once, where leaders tell in answers
    /// to fetches what it has otherwise.
    /// </summary>
    private async Task BeginNew()
    {
        foreach (var replica in replicas.Where(replica => replica.Position is null))
        {
            if (await steps.Take(replica, static follower => follower.Look()) is not { } begun)
                continue;
            replica.IsTruncating = !connection.Protocol.DivergingEpochs || begun.Position.LatestEpoch == LeaderEpoch.Unknown;
            if (services.Log.IsEnabled(LogLevel.Debug))
                services.Log.Debug(
                    "replicas", $"{name} partition={replica.Name} leaderEpoch={replica.LeaderEpoch} "
                    + $"logEndOffset={begun.Position.LogEndOffset} highWatermark={begun.Position.HighWatermark}");
        }
    }

    private async Task Fetch(IReadOnlyList<FetchedReplica> wanted)
    {
        var request = Request(wanted);
        using (var received = await connection.Fetch(request))
            await TakeIn(request, received.Response);
        await queries.ReturnThoseOutOfRange();
        await steps.WriteRecoveryPoints();
    }

    private async Task TakeIn(FetchRequest request, FetchResponse response)
    {
        if (!session.TryContinue(response))
        {
            OnRefused(response.ErrorCode);
            return;
        }
        OnReached();
        foreach (var topic in response.Responses)
        {
            foreach (var answer in topic.Partitions)
            {
                var replica = request.TopicIds
                    ? replicas.Find(topic.TopicId, answer.PartitionIndex)
                    : replicas.Find(new TopicPartition(topic.Topic, answer.PartitionIndex));
                if (replica is { IsTruncating: false, Position: not null })
                    await TakeIn(replica, answer);
            }
        }
    }

    private FetchRequest Request(IReadOnlyList<FetchedReplica> wanted)
    {
        var (protocol, options) = (connection.Protocol, services.Options);
        var request = new FetchRequest
        {
            TopicIds = protocol.TopicIds && replicas.WithoutTopicId == 0,
            MaxWaitMs = options.WaitMaxMs,
            MinBytes = options.MinBytes,
            MaxBytes = options.ResponseMaxBytes,
        };
        // Versions with topic ids are the older of the two abilities, so a request by name is from before replica states.
        if (request.TopicIds && protocol.ReplicaStates)
            request.ReplicaState = new() { ReplicaId = services.Self.Value, ReplicaEpoch = services.BrokerEpoch().Value };
        else
            request.ReplicaId = services.Self.Value;
        session.Fill(request, wanted, options.PartitionMaxBytes, protocol);
        return request;
    }

    private async Task TakeIn(FetchedReplica replica, FetchResponse.PartitionData answer)
    {
        switch (answer.ErrorCode)
        {
            case KafkaError.None when answer.DivergingEpoch.Epoch >= 0:
                await Truncate(replica, answer);
                break;
            case KafkaError.None:
                await Append(replica, answer);
                break;
            case KafkaError.OffsetOutOfRange:
                queries.NoteOutOfRange(replica);
                break;
            default:
                steps.OnError(replica, answer.ErrorCode);
                break;
        }
    }

    /// <summary>
    /// Once both logs agree, what the answer says of the high watermark holds too; one of Kafka's leaders does not say it again before it
    /// moves.
    /// </summary>
    private async Task Truncate(FetchedReplica replica, FetchResponse.PartitionData answer)
    {
        var leaderEnd = new EpochEndOffset(new LeaderEpoch(answer.DivergingEpoch.Epoch), answer.DivergingEpoch.EndOffset);
        if (await steps.Take(replica, follower => follower.TruncateBy(leaderEnd)) is { Result: FollowerStepResult.Done })
            await Append(replica, answer);
    }

    /// <summary>Whether the quota is used up, so that the partition is left out of the fetch.</summary>
    private bool IsHeldBack(FetchedReplica replica)
        => replica.Partition.Snapshot.Leadership.Log is { } log
            && services.Throttle.HoldsBack(replica.Name, log.Config, replica.IsInSync);

    private void Count(FetchedReplica replica, int bytes)
    {
        if (replica.Partition.Snapshot.Leadership.Log is { } log && services.Throttle.Counts(replica.Name, log.Config))
            services.Throttle.Quota.Record(bytes);
    }

    private async Task Append(FetchedReplica replica, FetchResponse.PartitionData answer)
    {
        replica.LeaderHighWatermark = answer.HighWatermark;
        Count(replica, answer.Records?.Length ?? 0);
        var fetched = new FetchedRecords(
            replica.Position!.Value.LogEndOffset, answer.Records?.Memory ?? default, answer.HighWatermark, answer.LogStartOffset);
        if (await steps.Take(replica, follower => follower.Append(fetched)) is not null && fetched.Records.Length > 0
            && replicas.Contains(replica))
            replicas.MoveToEnd(replica);
    }

    private void OnReached()
    {
        if (isUnreachable)
            services.Log.Info("replicas", $"{name} reaches its leader again");
        isUnreachable = false;
    }

    private void OnUnreachable(LeaderUnreachable unreachable)
    {
        session.BeginAnew();
        DelayAll();
        if (isUnreachable || isStopped)
            return;
        isUnreachable = true;
        services.Log.Warn("replicas", $"{name} does not reach leader={leader}: {unreachable.Message}; partitions={replicas.Count} wait");
    }

    /// <summary>
    /// A session that the leader knows no more is begun anew at once; anything else is wrong with the request as a whole, and may stay so.
    /// </summary>
    private void OnRefused(KafkaError error)
    {
        if (error is KafkaError.FetchSessionIdNotFound or KafkaError.InvalidFetchSessionEpoch)
            return;
        services.Log.Warn("replicas", $"{name} fetch refused: {error}");
        DelayAll();
    }

    private void DelayAll()
    {
        var until = services.DelayEnd();
        foreach (var replica in replicas.Where(static _ => true))
            replica.DelayedUntil = until;
    }

    /// <summary>Until a partition is added, or that timestamp; null waits for a partition alone.</summary>
    private async Task Sleep(long now, long? end)
    {
        wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = end is { } until
            ? loop.Schedule(services.Loops.Time.GetElapsedTime(now, until), () => wake?.TrySetResult())
            : null;
        await wake.Task;
        wake = null;
    }
}
