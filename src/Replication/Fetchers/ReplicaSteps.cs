using KafkaCompatBroker.Replication.Following;

namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>
/// Carries out a fetcher's steps on its partitions' loops, and sees to those that do not go well: they are delayed, given up, or copied no
/// more. Touched only on the fetcher's loop.
/// </summary>
internal sealed class ReplicaSteps(FetcherServices services, BrokerId leader, FetchedReplicas replicas)
{
    private bool hasTruncated;

    /// <summary>Null when the step did not go well, which is seen to; then, or if the partition has left meanwhile, it is over.</summary>
    public Task<FollowerStep?> Take(FetchedReplica replica, Func<PartitionFollower, FollowerStep> step)
        => Take(replica, replica.Partition.StepAsFollower(replica.LeaderEpoch, step));

    /// <summary>
    /// Waits until what was appended to the partitions that are ready is flushed as <c>flush.messages</c> asks for: the next fetch tells
    /// their leader that this replica has it. All of them are being flushed meanwhile.
    /// </summary>
    public async Task AwaitFlushes(long now)
    {
        foreach (var replica in replicas.Where(replica => replica.Position is { IsAcknowledgeable: false } && replica.IsReady(now)))
        {
            if (replicas.Contains(replica))
                await Take(replica, replica.Partition.AwaitFlushAsFollower(replica.LeaderEpoch));
        }
    }

    private async Task<FollowerStep?> Take(FetchedReplica replica, Task<FollowerStep> step)
    {
        FollowerStep taken;
        try
        {
            taken = await step;
        }
        catch (Exception exception)
        {
            GiveUp(replica, "a bug of this broker", exception);
            return null;
        }
        hasTruncated |= taken.Position.HasTruncated;
        if (!replicas.Contains(replica))
            return null;
        switch (taken.Result)
        {
            case FollowerStepResult.Ended:
                replicas.Remove(replica.Name);
                return null;
            case FollowerStepResult.Failed:
                GiveUp(replica, taken.Reason!);
                return null;
            case FollowerStepResult.Corrupt:
                Delay(replica, KafkaError.CorruptMessage);
                return null;
            default:
                replica.Position = taken.Position;
                (replica.DelayedUntil, replica.LastError) = (null, KafkaError.None);
                return taken;
        }
    }

    /// <summary>
    /// The leader has refused something for the partition. In the epoch that it names it will never again be another, so a fenced one is
    /// given up; everything else passes.
    /// </summary>
    public void OnError(FetchedReplica replica, KafkaError error)
    {
        if (error == KafkaError.FencedLeaderEpoch)
            GiveUp(replica, $"the leader knows a newer leader epoch than {replica.LeaderEpoch}; the controller's decision is awaited");
        else
            Delay(replica, error);
    }

    /// <summary>
    /// Where logs were cut, has recovery points follow before anything is appended: a start after a crash would not look at what lies
    /// below.
    /// </summary>
    public async Task WriteRecoveryPoints()
    {
        if (!hasTruncated)
            return;
        hasTruncated = false;
        await services.WriteRecoveryPoints();
    }

    private void Delay(FetchedReplica replica, KafkaError error)
    {
        replica.DelayedUntil = services.DelayEnd();
        if (replica.LastError == error)
            return;
        replica.LastError = error;
        services.Log.Warn(
            "replicas", $"partition={replica.Name} leaderEpoch={replica.LeaderEpoch} leader={leader} not copied for now: {error}");
    }

    private void GiveUp(FetchedReplica replica, string reason, Exception? exception = null)
    {
        if (!replicas.Contains(replica))
            return;
        replicas.Remove(replica.Name);
        var text = $"partition={replica.Name} leaderEpoch={replica.LeaderEpoch} leader={leader} is not copied until the controller's next "
            + $"decision: {reason}";
        if (exception is null)
            services.Log.Warn("replicas", text);
        else
            services.Log.Error("replicas", text, exception);
    }
}
