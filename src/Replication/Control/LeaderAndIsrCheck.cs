using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>What to do with one partition of a LeaderAndIsr request.</summary>
public enum LeaderAndIsrDecision
{
    Refuse = 0,
    /// <summary>The decision is known, but it brings the topic id that our log lacks.</summary>
    AdoptTopicId,
    Apply,
}

/// <summary>
/// The verdict on one partition of a LeaderAndIsr request. A refusal says why in words, unless the decision is the one that is known:
/// controllers repeat themselves, and nobody needs to hear of it.
/// </summary>
public readonly record struct LeaderAndIsrVerdict(LeaderAndIsrDecision Decision, KafkaError Error, string? Reason)
{
    public static readonly LeaderAndIsrVerdict Apply = new(LeaderAndIsrDecision.Apply, KafkaError.None, null);
    public static readonly LeaderAndIsrVerdict AdoptTopicId = new(LeaderAndIsrDecision.AdoptTopicId, KafkaError.None, null);

    public static LeaderAndIsrVerdict Refuse(KafkaError error, string? reason) => new(LeaderAndIsrDecision.Refuse, error, reason);
}

/// <summary>The fences of one partition of LeaderAndIsr: an older or repeated decision of the controller changes nothing. Pure.</summary>
public static class LeaderAndIsrCheck
{
    /// <param name="known">What this broker knows of the partition; null when nothing.</param>
    /// <param name="logTopicId">The id of the topic that the log belongs to; zero without one.</param>
    public static LeaderAndIsrVerdict Decide(BrokerId self, PartitionLeadership? known, TopicId logTopicId, LeaderAndIsrState state)
    {
        if (known?.Role == PartitionRole.Offline)
            return LeaderAndIsrVerdict.Refuse(KafkaError.KafkaStorageError, "its log dir is offline");
        if (!state.TopicId.IsZero && !logTopicId.IsZero && state.TopicId != logTopicId)
            return LeaderAndIsrVerdict.Refuse(
                KafkaError.InconsistentTopicId,
                $"its folder belongs to topic id {logTopicId}, the controller says {state.TopicId}; clients are told so until the right "
                + "folder is put back or the topic is deleted");
        var current = known?.LeaderEpoch ?? LeaderEpoch.Unknown;
        if (state.LeaderEpoch > current)
        {
            return state.Replicas.Contains(self)
                ? LeaderAndIsrVerdict.Apply
                : LeaderAndIsrVerdict.Refuse(
                    KafkaError.UnknownTopicOrPartition,
                    $"broker {self} is not among the replicas that the controller names, [{string.Join(',', state.Replicas)}]");
        }
        if (state.LeaderEpoch < current)
            return LeaderAndIsrVerdict.Refuse(
                KafkaError.StaleControllerEpoch, $"leader epoch {state.LeaderEpoch} is older than {current}, which is known");
        return known is not null && !state.TopicId.IsZero && logTopicId.IsZero
            ? LeaderAndIsrVerdict.AdoptTopicId
            : LeaderAndIsrVerdict.Refuse(KafkaError.StaleControllerEpoch, null);
    }

    /// <summary>Whether a StopReplica may act. Deletion comes with epoch −2, and −1 from a controller that knows none.</summary>
    public static KafkaError CheckStop(PartitionLeadership? known, LeaderEpoch leaderEpoch)
    {
        if (known?.Role == PartitionRole.Offline)
            return KafkaError.KafkaStorageError;
        return known is null || leaderEpoch.Value < 0 || leaderEpoch >= known.LeaderEpoch ? KafkaError.None : KafkaError.FencedLeaderEpoch;
    }
}
