using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>What to do with one partition of a LeaderAndIsr request.</summary>
public enum LeaderAndIsrDecision
{
    Refuse = 0,
    /// <summary>Nothing new, but the topic id that our log lacks.</summary>
    AdoptTopicId,
    Apply,
}

/// <summary>The fences of one partition of LeaderAndIsr: an older or repeated decision of the controller changes nothing. Pure.</summary>
public static class LeaderAndIsrCheck
{
    /// <param name="known">What this broker knows of the partition; null when nothing.</param>
    /// <param name="logTopicId">The id of the topic that the log belongs to; zero without one.</param>
    public static (LeaderAndIsrDecision Decision, KafkaError Error) Decide(
        BrokerId self, PartitionLeadership? known, TopicId logTopicId, PartitionState state)
    {
        if (known?.Role == PartitionRole.Offline)
            return (LeaderAndIsrDecision.Refuse, KafkaError.KafkaStorageError);
        if (!state.TopicId.IsZero && !logTopicId.IsZero && state.TopicId != logTopicId)
            return (LeaderAndIsrDecision.Refuse, KafkaError.InconsistentTopicId);
        var current = known?.LeaderEpoch ?? LeaderEpoch.Unknown;
        if (state.LeaderEpoch > current)
        {
            return state.Replicas.Contains(self)
                ? (LeaderAndIsrDecision.Apply, KafkaError.None)
                : (LeaderAndIsrDecision.Refuse, KafkaError.UnknownTopicOrPartition);
        }
        if (known is not null && state.LeaderEpoch == current && !state.TopicId.IsZero && logTopicId.IsZero)
            return (LeaderAndIsrDecision.AdoptTopicId, KafkaError.None);
        return (LeaderAndIsrDecision.Refuse, KafkaError.StaleControllerEpoch);
    }

    /// <summary>Whether a StopReplica may act. Deletion comes with epoch −2, and −1 from a controller that knows none.</summary>
    public static KafkaError CheckStop(PartitionLeadership? known, LeaderEpoch leaderEpoch)
    {
        if (known?.Role == PartitionRole.Offline)
            return KafkaError.KafkaStorageError;
        return known is null || leaderEpoch.Value < 0 || leaderEpoch >= known.LeaderEpoch ? KafkaError.None : KafkaError.FencedLeaderEpoch;
    }
}
