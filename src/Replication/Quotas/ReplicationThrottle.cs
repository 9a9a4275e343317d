using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Quotas;

/// <summary>
/// The replicas whose copying is bounded by a quota, on the leaders' side or on the followers'. Those that are in sync are never held back:
/// it would cost the ISR its members, and producers their time. KIP-73.
/// </summary>
/// <param name="self">This broker, whose replicas the topics' settings name.</param>
/// <param name="named">
/// <c>leader.replication.throttled.replicas</c> or <c>follower.replication.throttled.replicas</c> of a topic.
/// </param>
public sealed class ReplicationThrottle(BrokerId self, ReplicationQuota quota, Func<LogConfig, ThrottledReplicas> named)
{
    /// <summary>Unlimited unless a rate is set.</summary>
    public ReplicationQuota Quota => quota;

    /// <summary>Whether what is copied of the partition counts.</summary>
    public bool Counts(TopicPartition name, LogConfig config) => named(config).Contains(name.Partition, self);

    /// <summary>Whether nothing of the partition may be copied now.</summary>
    public bool HoldsBack(TopicPartition name, LogConfig config, bool isInSync)
        => !isInSync && Counts(name, config) && quota.IsExceeded;
}
