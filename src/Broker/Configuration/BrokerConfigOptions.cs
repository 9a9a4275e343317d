using System.Net;
using System.Net.Sockets;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Fetchers;
using KafkaCompatBroker.Storage.Cleaning;

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
        QuotaSample = TimeSpan.FromSeconds(ReplicationQuotaWindowSizeSeconds),
        QuotaSampleCount = ReplicationQuotaWindowNum,
        MoveQuotaSample = TimeSpan.FromSeconds(AlterLogDirsReplicationQuotaWindowSizeSeconds),
        MoveQuotaSampleCount = AlterLogDirsReplicationQuotaWindowNum,
        HighWatermarkCheckpointInterval = TimeSpan.FromMilliseconds(ReplicaHighWatermarkCheckpointIntervalMs),
        RecoveryPointCheckpointInterval = TimeSpan.FromMilliseconds(LogFlushOffsetCheckpointIntervalMs),
        LogStartOffsetCheckpointInterval = TimeSpan.FromMilliseconds(LogFlushStartOffsetCheckpointIntervalMs),
        FlushCheckInterval = LogFlushSchedulerIntervalMs == long.MaxValue ? null : TimeSpan.FromMilliseconds(LogFlushSchedulerIntervalMs),
        RetentionCheckInterval = TimeSpan.FromMilliseconds(LogRetentionCheckIntervalMs),
        ProducerIdExpirationCheckInterval = TimeSpan.FromMilliseconds(ProducerIdExpirationCheckIntervalMs),
    };

    public CleanerOptions ToCleanerOptions() => new()
    {
        Threads = LogCleanerThreads,
        DedupeBufferBytes = LogCleanerDedupeBufferSize,
        LoadFactor = LogCleanerIoBufferLoadFactor,
        IoBufferBytes = LogCleanerIoBufferSize,
        IoBytesPerSecondMax = LogCleanerIoMaxBytesPerSecond,
        Backoff = TimeSpan.FromMilliseconds(Math.Min(LogCleanerBackoffMs, int.MaxValue)),
    };

    public LeaderBalanceOptions? ToLeaderBalanceOptions() => AutoLeaderRebalanceEnable
        ? new(TimeSpan.FromSeconds(Math.Min(LeaderImbalanceCheckIntervalSeconds, int.MaxValue)), LeaderImbalancePerBrokerPercentage)
        : null;

    /// <summary>What <c>inter.broker.allowed.addresses</c> names; an address stands for itself alone.</summary>
    public IReadOnlyList<IPNetwork> InterBrokerAllowedNetworks
        => [.. InterBrokerAllowedAddresses.Select(text => ParseNetwork(text)!.Value)];

    /// <summary>Null for what is neither an address nor a network.</summary>
    internal static IPNetwork? ParseNetwork(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
            return network;
        return IPAddress.TryParse(text, out var address)
            ? new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
            : null;
    }

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
        MemberMetadataMaxBytes = () => MessageMaxBytes,
        MemoryBytes = Limits.GroupBytes(memoryBytes),
    };

    public TransactionOptions ToTransactionOptions(long memoryBytes) => new()
    {
        MaxTimeoutMs = TransactionMaxTimeoutMs,
        AbortTimedOutIntervalMs = TransactionAbortTimedOutTransactionCleanupIntervalMs,
        IdExpirationMs = TransactionalIdExpirationMs,
        RemoveExpiredIntervalMs = TransactionRemoveExpiredTransactionCleanupIntervalMs,
        LoadBufferBytes = TransactionStateLogLoadBufferSize,
        CommitTimeoutMs = RequestTimeoutMs,
        IdsMax = Limits.TransactionalIds(memoryBytes),
    };
}
