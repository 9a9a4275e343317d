using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Fetchers;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>The settings as the projects take them that know nothing of the broker's configuration.</summary>
public sealed partial class BrokerConfig
{
    /// <param name="id">The broker's id, generated where the settings leave it open.</param>
    public ReplicationOptions ToReplicationOptions(BrokerId id) => new()
    {
        BrokerId = id,
        ReplicaLagTimeMax = TimeSpan.FromMilliseconds(ReplicaLagTimeMaxMs),
        Fetchers = new FetcherOptions
        {
            FetchersPerLeader = NumReplicaFetchers,
            PartitionMaxBytes = ReplicaFetchMaxBytes,
            ResponseMaxBytes = ReplicaFetchResponseMaxBytes,
            MinBytes = ReplicaFetchMinBytes,
            WaitMaxMs = ReplicaFetchWaitMaxMs,
            Backoff = TimeSpan.FromMilliseconds(ReplicaFetchBackoffMs),
        },
        HighWatermarkCheckpointInterval = TimeSpan.FromMilliseconds(ReplicaHighWatermarkCheckpointIntervalMs),
        RecoveryPointCheckpointInterval = TimeSpan.FromMilliseconds(LogFlushOffsetCheckpointIntervalMs),
        LogStartOffsetCheckpointInterval = TimeSpan.FromMilliseconds(LogFlushStartOffsetCheckpointIntervalMs),
        FlushCheckInterval = LogFlushSchedulerIntervalMs == long.MaxValue ? null : TimeSpan.FromMilliseconds(LogFlushSchedulerIntervalMs),
        RetentionCheckInterval = TimeSpan.FromMilliseconds(LogRetentionCheckIntervalMs),
        ProducerIdExpirationCheckInterval = TimeSpan.FromMilliseconds(ProducerIdExpirationCheckIntervalMs),
    };

    public LeaderBalanceOptions? ToLeaderBalanceOptions() => AutoLeaderRebalanceEnable
        ? new(TimeSpan.FromSeconds(Math.Min(LeaderImbalanceCheckIntervalSeconds, int.MaxValue)), LeaderImbalancePerBrokerPercentage)
        : null;

    public GroupOptions ToGroupOptions(long memoryBytes) => new()
    {
        MinSessionTimeoutMs = GroupMinSessionTimeoutMs,
        MaxSessionTimeoutMs = GroupMaxSessionTimeoutMs,
        InitialRebalanceDelayMs = GroupInitialRebalanceDelayMs,
        MaxSize = GroupMaxSize,
        OffsetMetadataMaxBytes = OffsetMetadataMaxBytes,
        LoadBufferBytes = OffsetsLoadBufferSize,
        OffsetsRetentionMinutes = OffsetsRetentionMinutes,
        OffsetsRetentionCheckIntervalMs = OffsetsRetentionCheckIntervalMs,
        CommitTimeoutMs = OffsetsCommitTimeoutMs,
        MemberMetadataMaxBytes = MessageMaxBytes,
        MemoryBytes = Limits.GroupBytes(memoryBytes),
    };
}
