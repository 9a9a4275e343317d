namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>The settings that act, each read under its own name.</summary>
public sealed partial class BrokerConfig
{
    public bool AutoCreateTopicsEnable => Boolean("auto.create.topics.enable");
    public int BrokerId => Int("broker.id");
    public bool BrokerIdGenerationEnable => Boolean("broker.id.generation.enable");
    public string? BrokerRack => Text("broker.rack");
    public int DefaultReplicationFactor => Int("default.replication.factor");
    public bool DeleteTopicEnable => Boolean("delete.topic.enable");
    public int FetchMaxBytes => Int("fetch.max.bytes");
    public int MaxIncrementalFetchSessionCacheSlots => Int("max.incremental.fetch.session.cache.slots");
    public int MaxRequestPartitionSizeLimit => Int("max.request.partition.size.limit");
    public int NumPartitions => Int("num.partitions");
    public int RequestTimeoutMs => Int("request.timeout.ms");
    public int ReservedBrokerMaxId => Int("reserved.broker.max.id");

    public string? ControlPlaneListenerName => Text("control.plane.listener.name");
    public long ConnectionsMaxIdleMs => Long("connections.max.idle.ms");
    public IReadOnlyList<string> InterBrokerAllowedAddresses => List("inter.broker.allowed.addresses");
    public string? InterBrokerListenerName => Text("inter.broker.listener.name");
    public string ListenerSecurityProtocolMap => Text("listener.security.protocol.map")!;
    public int MaxConnections => Int("max.connections");
    public int MaxConnectionsPerIp => Int("max.connections.per.ip");
    public long QueuedMaxRequestBytes => Long("queued.max.request.bytes");
    public string SecurityInterBrokerProtocol => Text("security.inter.broker.protocol")!;
    public int SocketListenBacklogSize => Int("socket.listen.backlog.size");
    public int SocketReceiveBufferBytes => Int("socket.receive.buffer.bytes");
    public int SocketRequestMaxBytes => Int("socket.request.max.bytes");
    public int SocketSendBufferBytes => Int("socket.send.buffer.bytes");

    public int NodeId => Int("node.id");

    public int CompressionGzipLevel => Int("compression.gzip.level");
    public int CompressionLz4Level => Int("compression.lz4.level");
    public string CompressionType => Text("compression.type")!;
    public int CompressionZstdLevel => Int("compression.zstd.level");
    public IReadOnlyList<string> LogCleanupPolicy => List("log.cleanup.policy");
    public string LogDir => Text("log.dir")!;
    public string? LogDirs => Text("log.dirs");
    public bool LogDirsAdopt => Boolean("log.dirs.adopt");
    public long LogFlushIntervalMessages => Long("log.flush.interval.messages");
    public long? LogFlushIntervalMs => (long?)Value("log.flush.interval.ms");
    public int LogFlushOffsetCheckpointIntervalMs => Int("log.flush.offset.checkpoint.interval.ms");
    public long LogFlushSchedulerIntervalMs => Long("log.flush.scheduler.interval.ms");
    public int LogFlushStartOffsetCheckpointIntervalMs => Int("log.flush.start.offset.checkpoint.interval.ms");
    public int LogIndexIntervalBytes => Int("log.index.interval.bytes");
    public int LogIndexSizeMaxBytes => Int("log.index.size.max.bytes");
    public bool LogMessageDownconversionEnable => Boolean("log.message.downconversion.enable");
    public long LogMessageTimestampAfterMaxMs => Long("log.message.timestamp.after.max.ms");
    public long LogMessageTimestampBeforeMaxMs => Long("log.message.timestamp.before.max.ms");
    public long LogMessageTimestampDifferenceMaxMs => Long("log.message.timestamp.difference.max.ms");
    public string LogMessageTimestampType => Text("log.message.timestamp.type")!;
    public long LogRetentionBytes => Long("log.retention.bytes");
    public long LogRetentionCheckIntervalMs => Long("log.retention.check.interval.ms");
    public int LogRetentionHours => Int("log.retention.hours");
    public int? LogRetentionMinutes => (int?)Value("log.retention.minutes");
    public long? LogRetentionMs => (long?)Value("log.retention.ms");
    public int LogRollHours => Int("log.roll.hours");
    public int LogRollJitterHours => Int("log.roll.jitter.hours");
    public long? LogRollJitterMs => (long?)Value("log.roll.jitter.ms");
    public long? LogRollMs => (long?)Value("log.roll.ms");
    public int LogSegmentBytes => Int("log.segment.bytes");
    public long LogSegmentDeleteDelayMs => Long("log.segment.delete.delay.ms");
    public int MessageMaxBytes => Int("message.max.bytes");

    public bool ControlledShutdownEnable => Boolean("controlled.shutdown.enable");
    public int ControlledShutdownMaxRetries => Int("controlled.shutdown.max.retries");
    public long ControlledShutdownRetryBackoffMs => Long("controlled.shutdown.retry.backoff.ms");
    public int MinInsyncReplicas => Int("min.insync.replicas");
    public int NumReplicaFetchers => Int("num.replica.fetchers");
    public int ReplicaFetchBackoffMs => Int("replica.fetch.backoff.ms");
    public int ReplicaFetchMaxBytes => Int("replica.fetch.max.bytes");
    public int ReplicaFetchMinBytes => Int("replica.fetch.min.bytes");
    public int ReplicaFetchResponseMaxBytes => Int("replica.fetch.response.max.bytes");
    public int ReplicaFetchWaitMaxMs => Int("replica.fetch.wait.max.ms");
    public int ControllerSocketTimeoutMs => Int("controller.socket.timeout.ms");
    public string InterBrokerProtocolVersion => Text("inter.broker.protocol.version")!;
    public long ReplicaHighWatermarkCheckpointIntervalMs => Long("replica.high.watermark.checkpoint.interval.ms");
    public string? ReplicaSelectorClass => Text("replica.selector.class");
    public long ReplicaLagTimeMaxMs => Long("replica.lag.time.max.ms");
    public bool AutoLeaderRebalanceEnable => Boolean("auto.leader.rebalance.enable");
    public long LeaderImbalanceCheckIntervalSeconds => Long("leader.imbalance.check.interval.seconds");
    public int LeaderImbalancePerBrokerPercentage => Int("leader.imbalance.per.broker.percentage");
    public int ReplicationQuotaWindowNum => Int("replication.quota.window.num");
    public int ReplicationQuotaWindowSizeSeconds => Int("replication.quota.window.size.seconds");
    public int ReplicaSocketTimeoutMs => Int("replica.socket.timeout.ms");
    public bool UncleanLeaderElectionEnable => Boolean("unclean.leader.election.enable");

    public int GroupInitialRebalanceDelayMs => Int("group.initial.rebalance.delay.ms");
    public int GroupMaxSessionTimeoutMs => Int("group.max.session.timeout.ms");
    public int GroupMaxSize => Int("group.max.size");
    public int GroupMinSessionTimeoutMs => Int("group.min.session.timeout.ms");
    public int OffsetMetadataMaxBytes => Int("offset.metadata.max.bytes");
    public int OffsetsCommitTimeoutMs => Int("offsets.commit.timeout.ms");
    public int OffsetsLoadBufferSize => Int("offsets.load.buffer.size");
    public long OffsetsRetentionCheckIntervalMs => Long("offsets.retention.check.interval.ms");
    public int OffsetsRetentionMinutes => Int("offsets.retention.minutes");
    public int OffsetsTopicNumPartitions => Int("offsets.topic.num.partitions");
    public short OffsetsTopicReplicationFactor => Short("offsets.topic.replication.factor");
    public int OffsetsTopicSegmentBytes => Int("offsets.topic.segment.bytes");

    public int ProducerIdExpirationCheckIntervalMs => Int("producer.id.expiration.check.interval.ms");
    public int ProducerIdExpirationMs => Int("producer.id.expiration.ms");
    public int TransactionAbortTimedOutTransactionCleanupIntervalMs => Int("transaction.abort.timed.out.transaction.cleanup.interval.ms");
    public int TransactionRemoveExpiredTransactionCleanupIntervalMs => Int("transaction.remove.expired.transaction.cleanup.interval.ms");
    public int TransactionStateLogLoadBufferSize => Int("transaction.state.log.load.buffer.size");
    public int TransactionalIdExpirationMs => Int("transactional.id.expiration.ms");
    public int TransactionMaxTimeoutMs => Int("transaction.max.timeout.ms");
    public bool TransactionPartitionVerificationEnable => Boolean("transaction.partition.verification.enable");
    public int TransactionStateLogMinIsr => Int("transaction.state.log.min.isr");
    public int TransactionStateLogNumPartitions => Int("transaction.state.log.num.partitions");
    public short TransactionStateLogReplicationFactor => Short("transaction.state.log.replication.factor");
    public int TransactionStateLogSegmentBytes => Int("transaction.state.log.segment.bytes");

    public string? ZookeeperConnect => Text("zookeeper.connect");
    public int? ZookeeperConnectionTimeoutMs => (int?)Value("zookeeper.connection.timeout.ms");
    public int ZookeeperMaxInFlightRequests => Int("zookeeper.max.in.flight.requests");
    public int ZookeeperSessionTimeoutMs => Int("zookeeper.session.timeout.ms");
}
