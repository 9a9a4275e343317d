namespace KafkaCompatBroker.Replication.Leading;

/// <summary>What the leader's parts of all partitions of a broker share.</summary>
public sealed record LeaderSettings
{
    public required BrokerId Self { get; init; }
    public required TimeProvider Time { get; init; }
    /// <summary><c>replica.lag.time.max.ms</c></summary>
    public required TimeSpan ReplicaLagTimeMax { get; init; }
    public required ILiveBrokers LiveBrokers { get; init; }
    public required ILog Log { get; init; }
    /// <summary>Null for a broker that runs alone: no ISR of it ever changes.</summary>
    public IAlterPartition? AlterPartition { get; init; }
    /// <summary>Whether this broker may still be taken for the leader: false when others may be by now.</summary>
    public Func<bool> MayLead { get; init; } = static () => true;
}
