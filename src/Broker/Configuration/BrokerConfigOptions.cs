using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>The settings as the parts of the broker take them.</summary>
public sealed partial class BrokerConfig
{
    public NetworkOptions ToNetworkOptions() => new()
    {
        SocketRequestMaxBytes = SocketRequestMaxBytes,
        SocketSendBufferBytes = SocketSendBufferBytes,
        // A receive buffer that the system sizes by need halves the CPU of large requests; Kafka's 100 KiB hold for whoever asks for them.
        SocketReceiveBufferBytes = IsSet("socket.receive.buffer.bytes") ? SocketReceiveBufferBytes : -1,
        SocketListenBacklogSize = SocketListenBacklogSize,
        MaxConnections = MaxConnections,
        MaxConnectionsPerIp = MaxConnectionsPerIp,
        ConnectionsMaxIdleMs = ConnectionsMaxIdleMs,
        QueuedMaxRequestBytes = QueuedMaxRequestBytes,
    };

    /// <param name="id">The broker's id, generated where the settings leave it open.</param>
    public ReplicationOptions ToReplicationOptions(BrokerId id) => new()
    {
        BrokerId = id,
        ReplicaLagTimeMax = TimeSpan.FromMilliseconds(ReplicaLagTimeMaxMs),
        HighWatermarkCheckpointInterval = TimeSpan.FromMilliseconds(ReplicaHighWatermarkCheckpointIntervalMs),
        RecoveryPointCheckpointInterval = TimeSpan.FromMilliseconds(LogFlushOffsetCheckpointIntervalMs),
        LogStartOffsetCheckpointInterval = TimeSpan.FromMilliseconds(LogFlushStartOffsetCheckpointIntervalMs),
        FlushCheckInterval = LogFlushSchedulerIntervalMs == long.MaxValue ? null : TimeSpan.FromMilliseconds(LogFlushSchedulerIntervalMs),
        RetentionCheckInterval = TimeSpan.FromMilliseconds(LogRetentionCheckIntervalMs),
        ProducerIdExpirationCheckInterval = TimeSpan.FromMilliseconds(ProducerIdExpirationCheckIntervalMs),
    };

    public GroupOptions ToGroupOptions() => new()
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
    };
}
