namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>The names are those on the wire.</summary>
public enum ClassicGroupState
{
    /// <summary>No members; may hold offsets.</summary>
    Empty,
    /// <summary>Waits for members to join. From Empty, CompletingRebalance, Stable.</summary>
    PreparingRebalance,
    /// <summary>Waits for the leader's assignment. From PreparingRebalance.</summary>
    CompletingRebalance,
    /// <summary>Every member can have its assignment. From CompletingRebalance, or loaded.</summary>
    Stable,
    /// <summary>Removed, or this broker no longer coordinates it.</summary>
    Dead,
}
