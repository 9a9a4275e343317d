namespace KafkaCompatBroker.Replication.Leading;

/// <summary>What follows for a proposed ISR from what the controller said to it.</summary>
public enum IsrOutcome
{
    /// <summary>The ISR is what the controller names.</summary>
    Commit = 0,
    /// <summary>The ISR stays what it was, and may be proposed again when the partition gives a reason to.</summary>
    GiveUp,
    /// <summary>
    /// The controller knows more than this broker, which is told soon by a decision of its own. Until then it is not known whether the
    /// proposal was carried out, so it stays pending.
    /// </summary>
    AwaitController,
    ProposeAgain,
}

/// <summary>Tells outcomes apart, as Kafka's leaders do. Pure.</summary>
public static class IsrOutcomes
{
    /// <param name="decision">What the controller said.</param>
    /// <param name="leaderEpoch">The epoch of the leader that asked.</param>
    /// <param name="partitionEpoch">Of the newest decision that the leader knows.</param>
    public static IsrOutcome Of(IsrDecision decision, LeaderEpoch leaderEpoch, PartitionEpoch partitionEpoch) => decision.Error switch
    {
        KafkaError.None => decision.LeaderEpoch == leaderEpoch && decision.PartitionEpoch.Value >= partitionEpoch.Value
            ? IsrOutcome.Commit
            : IsrOutcome.AwaitController,
        KafkaError.OperationNotAttempted or KafkaError.IneligibleReplica => IsrOutcome.GiveUp,
        KafkaError.UnknownTopicOrPartition or KafkaError.UnknownTopicId or KafkaError.FencedLeaderEpoch
            or KafkaError.InvalidUpdateVersion or KafkaError.InvalidRequest or KafkaError.NewLeaderElected => IsrOutcome.AwaitController,
        _ => IsrOutcome.ProposeAgain,
    };
}
