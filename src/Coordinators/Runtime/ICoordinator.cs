namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>A coordinator, as the leadership of its topic's partitions concerns it. Callable from any thread.</summary>
public interface ICoordinator
{
    /// <summary>This broker leads a partition of the coordinator's topic.</summary>
    void OnElected(ICoordinatorLog log, LeaderEpoch leaderEpoch);

    /// <summary>It leads it no longer; null when the replica is stopped whatever the epoch.</summary>
    void OnResigned(int partition, LeaderEpoch? leaderEpoch);
}
