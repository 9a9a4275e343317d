using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>How the replicas of this broker reach those of others and the controller.</summary>
/// <param name="Leaders">What replicas copy from.</param>
/// <param name="AlterPartition">What leaders have their ISRs changed by.</param>
public sealed record OtherBrokers(ILeaderConnections Leaders, IAlterPartition AlterPartition);
