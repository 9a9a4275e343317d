namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>A log has something in it that compaction must not go over.</summary>
internal sealed class UncleanableLog(string reason) : Exception(reason);
