namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>
/// The log dirs cannot be used as they are: locked, of another broker or cluster, or holding what is not ours. One line for whoever started
/// the broker.
/// </summary>
public sealed class LogDirsUnusable(string reason) : Exception(reason);
