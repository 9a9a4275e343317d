using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Coordinators.Groups;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>The settings as the parts of the broker take them.</summary>
public sealed partial class BrokerConfig
{
    public NetworkOptions ToNetworkOptions() => new()
    {
        SocketRequestMaxBytes = SocketRequestMaxBytes,
        SocketSendBufferBytes = SocketSendBufferBytes,
        SocketReceiveBufferBytes = SocketReceiveBufferBytes,
        SocketListenBacklogSize = SocketListenBacklogSize,
        MaxConnections = MaxConnections,
        MaxConnectionsPerIp = MaxConnectionsPerIp,
        ConnectionsMaxIdleMs = ConnectionsMaxIdleMs,
        QueuedMaxRequestBytes = QueuedMaxRequestBytes,
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
